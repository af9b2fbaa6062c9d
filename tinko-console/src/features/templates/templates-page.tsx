import { useQuery } from "@tanstack/react-query";

import { Badge, Card, ErrorState, Icon, PageHeader, Skeleton, TextLink } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { CHANNELS, EVENTS, idOf, LANGUAGES, type Channel, type Event } from "./places";
import { templatesQuery, type Template } from "./queries";

const ICONS = { email: "mail", sms: "inbox", whatsapp: "user" } as const;

/** Every message that payers may get, with whose text it is. */
export function TemplatesPage() {
  const t = useTranslations("templates");
  const may = useCan()("templates:write");
  const query = useQuery(templatesQuery);
  const own = query.data?.items;
  return (
    <>
      <PageHeader title={t("title")} description={t("lead")} />
      {!may && <p className="-mt-3 mb-5 text-sm text-ink-soft">{t("readOnly")}</p>}
      {query.error && !own ? (
        <Card flush>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      ) : (
        <>
          <p role="status" className="mb-4 text-sm text-ink-soft">
            {own ? t("list.own", { count: own.length }) : t("list.loading")}
          </p>
          <div className="flex flex-col gap-4">
            {EVENTS.map((event) => (
              <EventCard key={event} event={event} own={own} />
            ))}
          </div>
        </>
      )}
    </>
  );
}

function EventCard({ event, own }: { event: Event; own: readonly Template[] | undefined }) {
  const t = useTranslations("templates");
  return (
    <Card title={t(`events.${event}`)} description={t(`when.${event}`)} flush>
      <ul className="grid divide-line border-t border-line max-md:divide-y md:grid-cols-3 md:divide-x">
        {CHANNELS.map((channel) => (
          <li key={channel} className="relative px-5 py-3.5 hover:bg-hover/60">
            <TextLink
              to="/templates/$id"
              params={{ id: idOf({ event, channel }) }}
              className="flex items-center gap-2 text-sm !text-ink after:absolute after:inset-0"
            >
              <Icon name={ICONS[channel]} size={16} className="text-ink-faint" />
              {t(`channels.${channel}`)}
              <span className="sr-only">: {t(`events.${event}`)}</span>
            </TextLink>
            <div className="mt-2">
              {own ? <Whose event={event} channel={channel} own={own} /> : <Skeleton className="h-5 w-24" />}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Whose({ event, channel, own }: { event: Event; channel: Channel; own: readonly Template[] }) {
  const t = useTranslations("templates");
  const mine = own.filter((each) => each.event === event && each.channel === channel);
  if (mine.length === 0) return <span className="text-xs text-ink-soft">{t("list.usual")}</span>;
  return (
    <span className="flex flex-wrap gap-1.5">
      {LANGUAGES.map((locale) => {
        const template = mine.find((each) => each.locale === locale);
        return template ? (
          <Badge key={locale} tone="accent" icon="pencil">
            {t("list.ownIn", { language: t(`languages.${locale}`) })}
          </Badge>
        ) : null;
      })}
    </span>
  );
}

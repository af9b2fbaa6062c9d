import { useQuery } from "@tanstack/react-query";

import { Banner, Dialog, ErrorState, Skeleton } from "@/components";
import type { Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { messageQuery, previewQuery, versionsQuery, type Draft } from "./queries";
import { useWords } from "./words";

type Message = Schemas["MessageView"];

/** The text that a message was made from: what it said is not kept, so that contacts and links are not. */
export function MessagePreview({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const { data, error, refetch } = useQuery(messageQuery(id));
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={data === undefined ? t("messages.preview") : words.messageEvent(data.event)}
      {...(data === undefined
        ? {}
        : {
            description: [words.channel(data.channel), data.locale.toUpperCase(), data.recipient_hint].join(
              " · ",
            ),
          })}
    >
      <div className="flex flex-col gap-4 text-sm">
        {data === undefined &&
          (error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Wait />)}
        {data !== undefined && <Text message={data} />}
      </div>
    </Dialog>
  );
}

const Wait = () => <Skeleton className="h-40" />;

function Text({ message }: { message: Message }) {
  const t = useTranslations("recoveries");
  const versions = useQuery({
    ...versionsQuery(message.template_id ?? ""),
    enabled: message.template_id !== null,
  });
  const own = versions.data?.items.find(({ version }) => version === message.template_version);
  const wanted = message.template_id === null || own !== undefined;
  const draft = {
    event: message.event,
    channel: message.channel,
    locale: message.locale,
    ...(own === undefined ? {} : { subject: own.subject || null, text: own.text, html: own.html }),
  } as Draft;
  const filled = useQuery({ ...previewQuery(draft), enabled: wanted });
  const problem = filled.error ?? versions.error;
  if (problem) return <ErrorState error={problem} />;
  if (filled.data === undefined) return <Wait />;
  return (
    <>
      <Banner>{t("messages.sample")}</Banner>
      <Sheet subject={message.channel === "email" ? filled.data.subject : ""} text={filled.data.text} />
    </>
  );
}

function Sheet({ subject, text }: { subject: string; text: string }) {
  return (
    <div className="rounded-control border border-line bg-canvas p-4">
      {subject !== "" && <p className="mb-3 border-b border-line pb-3 font-semibold">{subject}</p>}
      <p className="leading-relaxed break-words whitespace-pre-wrap">{text}</p>
    </div>
  );
}

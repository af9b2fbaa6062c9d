import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useParams } from "@tanstack/react-router";

import { Card, EmptyState, ErrorState, LinkButton, PageSkeleton } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { idOf, LANGUAGES, placeOf, type Place } from "./places";
import { templateQuery, templatesQuery, usualQuery } from "./queries";
import { TextEditor } from "./text-editor";

const route = getRouteApi("/shell/templates/$id");

/** The text for one event and channel, in each language. */
export function TemplatePage() {
  const { id } = useParams({ from: "/shell/templates/$id" });
  const place = placeOf(id);
  return place ? <PlacePage key={id} place={place} /> : <ById id={id} />;
}

/** Other pages name a template by its own id. */
function ById({ id }: { id: string }) {
  const t = useTranslations("templates");
  const query = useQuery(templateQuery(id, true));
  const place = query.data ? placeOf(`${query.data.event}-${query.data.channel}`) : null;
  if (place && query.data) {
    const language = LANGUAGES.find((each) => each === query.data.locale);
    return (
      <Navigate
        to="/templates/$id"
        params={{ id: idOf(place) }}
        search={language ? { language } : {}}
        replace
      />
    );
  }
  if (query.isPending) return <PageSkeleton />;
  return (
    <Card flush>
      <EmptyState
        icon="mail"
        title={t("missing.title")}
        action={<LinkButton to="/templates">{t("missing.all")}</LinkButton>}
      >
        {t("missing.text")}
      </EmptyState>
    </Card>
  );
}

function PlacePage({ place }: { place: Place }) {
  const { language = "en" } = route.useSearch();
  const navigate = route.useNavigate();
  const own = useQuery(templatesQuery);
  const usual = useQuery(usualQuery(place));
  const error = own.error ?? usual.error;
  if (own.data && usual.data) {
    return (
      <TextEditor
        place={place}
        language={language}
        own={own.data.items.filter((each) => each.event === place.event && each.channel === place.channel)}
        usual={usual.data}
        onLanguage={(next) =>
          void navigate({ search: next === "en" ? {} : { language: next }, replace: true })
        }
      />
    );
  }
  if (error) {
    return (
      <Card flush>
        <ErrorState error={error} onRetry={() => void Promise.all([own.refetch(), usual.refetch()])} />
      </Card>
    );
  }
  return <PageSkeleton />;
}

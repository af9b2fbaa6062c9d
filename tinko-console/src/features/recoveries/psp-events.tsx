import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { DateTime, ErrorState, JsonView, Skeleton, StatusBadge } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { pspEventQuery, type Detail } from "./queries";
import { Nothing, Section } from "./section";
import { useNames } from "./words";

type Told = Detail["psp_events"][number];

/** What providers told of the payment. */
export function PspEvents({ events }: { events: readonly Told[] }) {
  const t = useTranslations("recoveries");
  return (
    <Section title={t("pspEvents.title")} text={t("pspEvents.text")}>
      {events.length === 0 && <Nothing>{t("pspEvents.none")}</Nothing>}
      {events.toReversed().map((event) => (
        <One key={event.id} event={event} />
      ))}
    </Section>
  );
}

function One({ event }: { event: Told }) {
  const t = useTranslations("recoveries");
  const names = useNames();
  const can = useCan();
  const [open, setOpen] = useState(false);
  return (
    <article className="rounded-control border border-line p-4 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h4 className="min-w-0 font-mono text-xs font-medium break-all">{event.type}</h4>
        <StatusBadge status={event.status} />
        <span className="ml-auto text-xs text-ink-faint">
          {names.account(event.psp_account_id)} · <DateTime at={event.received_at} absolute />
        </span>
      </div>
      {can("psp_events:read") && (
        <details className="mt-2" onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
          <summary className="inline-flex min-h-6 items-center rounded font-medium text-accent-text">
            {t("reports.raw")}
          </summary>
          {open && <Body id={event.id} />}
        </details>
      )}
    </article>
  );
}

function Body({ id }: { id: string }) {
  const t = useTranslations("recoveries");
  const { data, error, refetch } = useQuery(pspEventQuery(id));
  if (error && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <div className="mt-2">
      {data === undefined ? (
        <Skeleton className="h-32" />
      ) : (
        <JsonView value={data.body} label={t("reports.raw")} />
      )}
    </div>
  );
}

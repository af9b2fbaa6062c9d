import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";

import { Banner, Button, Card, DataTable, DateTime, EmptyState, PageHeader, type Column } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useLive } from "@/lib/live";
import { compact } from "@/lib/search";
import { useCan } from "@/lib/session";

import { EventDrawer } from "./event-drawer";
import { EventFilterBar } from "./event-filters";
import { EventState } from "./event-state";
import { ReplayRangeDialog } from "./replay-range";
import { SelectionBar } from "./replay-selected";
import { accountsQuery, eventCountQuery, eventsList, type EventSearch, type PspEvent } from "./queries";

const FROM = "/shell/developers/events" as const;

export function EventsPage(): ReactNode {
  const t = useTranslations("developers");
  useLive("psp_events");
  const can = useCan()("psp_events:write");
  const search: EventSearch = useSearch({ from: FROM });
  const { event, ...filters } = search;
  const navigate = useNavigate();
  const list = useList(eventsList(filters));
  const accounts = useQuery(accountsQuery);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [replaying, setReplaying] = useState(false);
  const show = (next: EventSearch) =>
    void navigate({ to: "/developers/events", search: compact(next), replace: true });
  const filtered = Object.keys(filters).length > 0;
  const nameOf = (id: string) =>
    accounts.data?.items.find((each) => each.id === id)?.label ?? t("events.gone", { end: id.slice(-4) });
  return (
    <>
      <PageHeader
        title={t("events.title")}
        description={t("events.description")}
        actions={
          <Button icon="refresh" disabled={!can} onClick={() => setReplaying(true)}>
            {t("replay.range")}
          </Button>
        }
      />
      {filters.status !== "dead" && <DeadBanner onShow={() => show({ status: "dead" })} />}
      <EventFilterBar
        filters={filters}
        accounts={accounts.data?.items ?? []}
        onChange={(next) => {
          setChosen(new Set());
          show(next);
        }}
      />
      {chosen.size > 0 && <SelectionBar ids={[...chosen]} onDone={() => setChosen(new Set())} />}
      <Card flush>
        <DataTable
          {...list}
          caption={t("events.title")}
          columns={useColumns(nameOf, (id) => show({ ...filters, event: id }))}
          rowId={(row) => row.id}
          rowLabel={(row) => row.type}
          {...(can ? { selection: { ids: chosen, onChange: setChosen } } : {})}
          empty={
            <EmptyState
              title={t(filtered ? "events.noneFound" : "events.empty")}
              action={filtered && <Button onClick={() => show({})}>{t("filters.clear")}</Button>}
            >
              {t(filtered ? "events.noneFoundText" : "events.emptyText")}
            </EmptyState>
          }
        />
      </Card>
      {event !== undefined && <EventDrawer id={event} nameOf={nameOf} onClose={() => show(filters)} />}
      {replaying && <ReplayRangeDialog filters={filters} onClose={() => setReplaying(false)} />}
    </>
  );
}

/** What went wrong comes first: how many are dead, and the way to them. */
function DeadBanner({ onShow }: { onShow: () => void }) {
  const t = useTranslations("developers");
  const { data } = useQuery(eventCountQuery({ status: "dead" }));
  if (data === undefined || data.count === 0) return null;
  return (
    <div className="mb-4">
      <Banner
        tone="bad"
        action={
          <Button size="sm" onClick={onShow}>
            {t("events.showDead")}
          </Button>
        }
      >
        {t("events.dead", { count: data.count })}
      </Banner>
    </div>
  );
}

function useColumns(nameOf: (id: string) => string, open: (id: string) => void): Column<PspEvent>[] {
  const t = useTranslations("developers");
  return [
    {
      key: "type",
      header: t("events.type"),
      cell: (row) => (
        <div className="min-w-0 max-md:pr-8">
          <button
            type="button"
            className="min-h-6 text-left font-mono text-[13px] font-medium break-all after:absolute after:inset-0"
            onClick={() => open(row.id)}
          >
            {row.type}
          </button>
          {row.error && <p className="line-clamp-2 max-w-prose text-xs text-bad-text">{row.error}</p>}
        </div>
      ),
    },
    { key: "status", header: t("events.status"), cell: (row) => <EventState status={row.status} /> },
    {
      key: "account",
      header: t("events.account"),
      cell: (row) => <span className="truncate">{nameOf(row.psp_account_id)}</span>,
    },
    {
      key: "received",
      header: t("events.received"),
      align: "right",
      cell: (row) => (
        <span className="text-ink-soft">
          <DateTime machine at={row.received_at} />
        </span>
      ),
    },
  ];
}

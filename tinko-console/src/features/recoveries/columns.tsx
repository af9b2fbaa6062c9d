import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { Badge, DateTime, Icon, Money, StatusBadge, Tooltip, type Column } from "@/components";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import type { Recovery } from "./queries";
import { useWords } from "./words";

const ROW_LINK =
  "font-semibold text-ink outline-none after:absolute after:inset-0 focus-visible:after:rounded-md focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent-text";

/** The columns of the list; on phones they are a card's lines. */
export function useColumns(): readonly Column<Recovery>[] {
  const t = useTranslations("recoveries");
  return useMemo(
    () => [
      { key: "amount", header: t("columns.amount"), cell: (row) => <Amount row={row} /> },
      { key: "status", header: t("columns.status"), cell: (row) => <State row={row} /> },
      { key: "reference", header: t("columns.reference"), cell: (row) => <Reference row={row} /> },
      { key: "reason", header: t("columns.reason"), cell: (row) => <Reason row={row} /> },
      { key: "next", header: t("columns.next"), cell: (row) => <NextStep row={row} /> },
      {
        key: "opened",
        header: t("columns.opened"),
        align: "right",
        cell: (row) => (
          <span className="relative z-1 inline-block text-ink-soft md:min-w-20 [&_time]:whitespace-normal">
            <DateTime at={row.opened_at} />
          </span>
        ),
      },
    ],
    [t],
  );
}

function Amount({ row }: { row: Recovery }) {
  return (
    <Link to="/recoveries/$id" params={{ id: row.id }} data-row-link={row.id} className={ROW_LINK}>
      <Money minor={row.amount} currency={row.currency} />
    </Link>
  );
}

function State({ row }: { row: Recovery }) {
  return <StatusBadge status={row.paused ? "paused" : row.status} />;
}

function Reference({ row }: { row: Recovery }) {
  const words = useWords();
  return (
    <span className="block min-w-0 max-md:text-right md:max-w-40">
      <Tooltip content={row.transaction_ref}>
        <span className="relative z-1 block truncate">{row.transaction_ref}</span>
      </Tooltip>
      <span className="block truncate text-xs text-ink-faint">
        {[row.payer, words.gateway(row.gateway)].filter(Boolean).join(" · ")}
      </span>
    </span>
  );
}

function Reason({ row }: { row: Recovery }) {
  const words = useWords();
  const reason = words.reason(row.reason);
  return (
    <span className="block min-w-0 max-md:text-right md:max-w-44">
      <Tooltip content={reason}>
        <span className="relative z-1 block text-pretty md:truncate">{reason}</span>
      </Tooltip>
      <span className="block text-xs text-ink-faint">{words.category(row.category)}</span>
    </span>
  );
}

function NextStep({ row }: { row: Recovery }) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const now = useNow();
  const words = useWords();
  if (row.needs_attention !== null) {
    return (
      <span className="[&>span]:whitespace-normal">
        <Badge tone="warn" icon="alert">
          {words.attention(row.needs_attention)}
        </Badge>
      </span>
    );
  }
  if (row.status === "recovered" && row.ended_at !== null) {
    return <Quiet>{t("next.came", { when: format.relative(row.ended_at, now) })}</Quiet>;
  }
  if (row.status !== "open") return <Quiet>{t("next.nothing")}</Quiet>;
  if (row.paused) return <Quiet>{t("next.paused")}</Quiet>;
  if (row.next_attempt_at === null) return <Quiet>{t("next.none")}</Quiet>;
  const charge = row.next_attempt_kind === "charge";
  const waits = new Date(row.next_attempt_at) > now;
  const when = format.relative(row.next_attempt_at, now);
  return (
    <Tooltip content={format.dateTime(row.next_attempt_at)}>
      <span className="relative z-1 inline-flex items-start gap-1.5 max-md:text-right">
        <Icon name={charge ? "refresh" : "link"} size={15} className="mt-0.5 text-ink-faint" />
        <span>
          {t(charge ? (waits ? "next.retry" : "next.retryDue") : waits ? "next.ask" : "next.asked", { when })}
        </span>
      </span>
    </Tooltip>
  );
}

const Quiet = ({ children }: { children: string }) => (
  <span className="text-ink-faint max-md:text-right">{children}</span>
);

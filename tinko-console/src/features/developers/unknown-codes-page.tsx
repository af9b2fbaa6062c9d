import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Card, DataTable, DateTime, EmptyState, LinkButton, PageHeader, type Column } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useLive } from "@/lib/live";
import { useCan } from "@/lib/session";

import { unknownCodesQuery, type UnknownCode } from "./queries";

export function UnknownCodesPage(): ReactNode {
  const t = useTranslations("developers");
  useLive("events");
  const query = useQuery(unknownCodesQuery);
  return (
    <>
      <PageHeader title={t("unknownCodes.title")} description={t("unknownCodes.description")} />
      <Card flush>
        <DataTable
          caption={t("unknownCodes.title")}
          columns={useColumns()}
          rows={query.data?.items}
          rowId={(row) => `${row.gateway} ${row.code}`}
          error={query.error}
          onRetry={() => void query.refetch()}
          empty={
            <EmptyState icon="check-circle" title={t("unknownCodes.empty")}>
              {t("unknownCodes.emptyText")}
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

function useColumns(): Column<UnknownCode>[] {
  const t = useTranslations("developers");
  const format = useFormat();
  const can = useCan()("rules:write");
  return [
    {
      key: "code",
      header: t("unknownCodes.code"),
      cell: (row) => (
        <div className="min-w-0">
          <p className="font-mono text-[13px] font-medium break-all">{row.code}</p>
          {row.sample_message && (
            <p className="line-clamp-2 max-w-prose text-xs text-ink-soft">{row.sample_message}</p>
          )}
        </div>
      ),
    },
    { key: "gateway", header: t("unknownCodes.gateway"), cell: (row) => row.gateway },
    {
      key: "count",
      header: t("unknownCodes.count"),
      align: "right",
      cell: (row) => <span className="tabular-nums">{format.number(row.count)}</span>,
    },
    {
      key: "seen",
      header: t("unknownCodes.seen"),
      align: "right",
      cell: (row) => (
        <span className="text-ink-soft">
          <DateTime at={row.last_seen_at} />
        </span>
      ),
    },
    {
      key: "act",
      header: t("unknownCodes.makeRule"),
      hideHeader: true,
      align: "right",
      cell: (row) =>
        can ? (
          <LinkButton
            size="sm"
            icon="filter"
            to="/rules"
            search={{ code: row.code, gateway: row.gateway } as never}
            aria-label={t("unknownCodes.makeRuleFor", { code: row.code })}
          >
            {t("unknownCodes.makeRule")}
          </LinkButton>
        ) : null,
    },
  ];
}

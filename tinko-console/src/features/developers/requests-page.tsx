import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import {
  Button,
  Card,
  DataTable,
  DateTime,
  EmptyState,
  LinkButton,
  PageHeader,
  Select,
  Toolbar,
  type Column,
} from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useCan, useMe } from "@/lib/session";

import { HttpStatus } from "./http-status";
import { RequestDrawer } from "./request-drawer";
import {
  keyNamesQuery,
  METHODS,
  requestsList,
  type LoggedRequest,
  type RequestFilters,
  type RequestSearch,
} from "./queries";
import { TypedFilter } from "./typed-filter";

const FROM = "/shell/developers/requests" as const;
const CLASSES = ["2xx", "4xx", "5xx", "401", "403", "404", "409", "422", "429"] as const;

export function RequestsPage(): ReactNode {
  const t = useTranslations("developers");
  const search: RequestSearch = useSearch({ from: FROM });
  const { request, ...filters } = search;
  const navigate = useNavigate();
  const list = useList(requestsList(filters));
  const nameOf = useActorName();
  const keys = useQuery({ ...keyNamesQuery, enabled: useCan()("api_keys:read") });
  const show = (next: RequestSearch) =>
    void navigate({ to: "/developers/requests", search: compact(next), replace: true });
  const change = (next: RequestFilters) => show({ ...filters, ...next });
  const filtered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHeader
        title={t("requests.title")}
        description={t("requests.description")}
        actions={
          <Button icon="refresh" onClick={list.onRetry}>
            {t("requests.refresh")}
          </Button>
        }
      />
      <Toolbar>
        <Select
          aria-label={t("requests.status")}
          className="w-full sm:w-48"
          placeholder={t("requests.anyStatus")}
          value={filters.status ?? ""}
          onChange={(status) => change({ status: status || undefined })}
          options={statusOptions(filters.status).map((value) => ({
            value,
            label: /^[245]xx$/.test(value) ? t(`requests.s${value as "2xx" | "4xx" | "5xx"}`) : value,
          }))}
        />
        <Select
          aria-label={t("requests.method")}
          className="w-full sm:w-40"
          placeholder={t("requests.anyMethod")}
          value={filters.method ?? ""}
          onChange={(method) => change({ method })}
          options={METHODS.map((value) => ({ value, label: value }))}
        />
        {keys.data && keys.data.items.length > 0 && (
          <Select
            aria-label={t("requests.key")}
            className="w-full sm:w-48"
            placeholder={t("requests.anyKey")}
            value={filters.key ?? ""}
            onChange={(key) => change({ key: key || undefined })}
            options={keys.data.items.map((key) => ({ value: key.id, label: key.name }))}
          />
        )}
        <TypedFilter label={t("requests.path")} value={filters.path} onChange={(path) => change({ path })} />
        {filtered && (
          <Button look="ghost" icon="x" onClick={() => show({})}>
            {t("filters.clear")}
          </Button>
        )}
      </Toolbar>
      <Card flush>
        <DataTable
          {...list}
          caption={t("requests.title")}
          columns={useColumns(nameOf, (id) => show({ ...filters, request: id }))}
          rowId={(row) => row.id}
          empty={
            filtered ? (
              <EmptyState
                icon="search"
                title={t("requests.noneFound")}
                action={<Button onClick={() => show({})}>{t("filters.clear")}</Button>}
              >
                {t("requests.noneFoundText")}
              </EmptyState>
            ) : (
              <EmptyState
                icon="scroll"
                title={t("requests.empty")}
                action={<LinkButton to="/developers/keys">{t("requests.toKeys")}</LinkButton>}
              >
                {t("requests.emptyText")}
              </EmptyState>
            )
          }
        />
      </Card>
      {request !== undefined && <RequestDrawer id={request} nameOf={nameOf} onClose={() => show(filters)} />}
    </>
  );
}

const statusOptions = (chosen: string | undefined): readonly string[] =>
  chosen === undefined || (CLASSES as readonly string[]).includes(chosen) ? CLASSES : [chosen, ...CLASSES];

/** Who sent a request, by name where the person may know it. */
function useActorName(): (actor: string) => string {
  const t = useTranslations("developers");
  const { user } = useMe();
  const { data } = useQuery({ ...keyNamesQuery, enabled: useCan()("api_keys:read") });
  return (actor) => {
    if (actor === user.id) return t("requests.you");
    if (actor.startsWith("usr_")) return t("requests.person");
    return data?.items.find((key) => key.id === actor)?.name ?? actor;
  };
}

function useColumns(nameOf: (actor: string) => string, open: (id: string) => void): Column<LoggedRequest>[] {
  const t = useTranslations("developers");
  const format = useFormat();
  return [
    {
      key: "path",
      header: t("requests.request"),
      cell: (row) => (
        <button
          type="button"
          className="flex min-h-6 min-w-0 items-center gap-2 text-left after:absolute after:inset-0"
          onClick={() => open(row.id)}
        >
          <span className="w-13 shrink-0 font-mono text-xs text-ink-faint">{row.method}</span>
          <span className="font-mono text-[13px] break-all">{row.path}</span>
        </button>
      ),
    },
    {
      key: "status",
      header: t("requests.answer"),
      cell: (row) => (
        <span className="inline-flex items-center gap-2">
          <HttpStatus status={row.status} />
          {row.error_code && <code className="font-mono text-xs text-ink-soft">{row.error_code}</code>}
        </span>
      ),
    },
    {
      key: "actor",
      header: t("requests.by"),
      cell: (row) => <span className="break-all">{nameOf(row.actor)}</span>,
    },
    {
      key: "duration",
      header: t("requests.took"),
      align: "right",
      desktopOnly: true,
      cell: (row) => (
        <span className="whitespace-nowrap text-ink-soft tabular-nums">
          {t("requests.ms", { ms: format.number(Math.round(row.duration_ms)) })}
        </span>
      ),
    },
    {
      key: "at",
      header: t("requests.at"),
      align: "right",
      cell: (row) => (
        <span className="text-ink-soft">
          <DateTime machine at={row.at} />
        </span>
      ),
    },
  ];
}

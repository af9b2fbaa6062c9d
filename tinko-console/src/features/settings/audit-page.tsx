import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import {
  Button,
  Card,
  DataTable,
  DateTime,
  EmptyState,
  Input,
  PageHeader,
  Select,
  Toolbar,
  type Column,
} from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useLive } from "@/lib/live";
import { compact } from "@/lib/search";
import { useCan, useMe } from "@/lib/session";

import { AREAS, areaOf, auditList, type AuditSearch } from "./audit";
import { AuditDrawer } from "./audit-drawer";
import { keysQuery, peopleQuery, type AuditEntry } from "./queries";

export function AuditPage(): ReactNode {
  const t = useTranslations("settings");
  useLive("audit_log");
  const search: AuditSearch = useSearch({ from: "/shell/settings/audit" });
  const { entry: open, ...filters } = search;
  const navigate = useNavigate();
  const list = useList(auditList(filters));
  const who = useActor();
  const people = useQuery({ ...peopleQuery, enabled: useCan()("members:read") });
  const show = (next: AuditSearch) =>
    void navigate({ to: "/settings/audit", search: compact(next), replace: true });
  const filtered = Object.keys(filters).length > 0;
  const entry = list.rows?.find((each) => each.id === open);
  return (
    <>
      <PageHeader title={t("audit.title")} description={t("audit.description")} />
      <Toolbar>
        <Select
          aria-label={t("audit.area")}
          className="w-full sm:w-52"
          placeholder={t("audit.anyArea")}
          value={filters.area ?? ""}
          onChange={(area) => show({ ...filters, area: AREAS.find((each) => each === area) })}
          options={AREAS.map((value) => ({ value, label: t(`audit.areas.${value}`) }))}
        />
        {people.data && (
          <Select
            aria-label={t("audit.who")}
            className="w-full sm:w-52"
            placeholder={t("audit.anybody")}
            value={filters.actor ?? ""}
            onChange={(actor) => show({ ...filters, actor })}
            options={people.data.items.map((each) => ({ value: each.user_id, label: each.full_name }))}
          />
        )}
        <Input
          type="date"
          aria-label={t("audit.from")}
          className="!w-auto max-sm:flex-1"
          value={filters.from ?? ""}
          max={filters.to}
          onChange={(event) => show({ ...filters, from: event.target.value })}
        />
        <span aria-hidden="true" className="text-ink-faint">
          –
        </span>
        <Input
          type="date"
          aria-label={t("audit.to")}
          className="!w-auto max-sm:flex-1"
          value={filters.to ?? ""}
          min={filters.from}
          onChange={(event) => show({ ...filters, to: event.target.value })}
        />
        {filtered && (
          <Button look="ghost" icon="x" onClick={() => show({})}>
            {t("audit.clear")}
          </Button>
        )}
      </Toolbar>
      <Card flush>
        <DataTable
          {...list}
          caption={t("audit.title")}
          columns={useColumns(who, (id) => show({ ...filters, entry: id }))}
          rowId={(row) => row.id}
          empty={
            <EmptyState
              icon="scroll"
              title={t(filtered ? "audit.noneFound" : "audit.empty")}
              action={filtered && <Button onClick={() => show({})}>{t("audit.clear")}</Button>}
            />
          }
        />
      </Card>
      {entry && <AuditDrawer entry={entry} who={who(entry.actor)} onClose={() => show(filters)} />}
    </>
  );
}

/** Who did it, by name where the person may know it. */
function useActor(): (actor: string) => string {
  const t = useTranslations("settings");
  const can = useCan();
  const { user } = useMe();
  const people = useQuery({ ...peopleQuery, enabled: can("members:read") });
  const keys = useQuery({ ...keysQuery, enabled: can("api_keys:read") });
  return (actor) => {
    if (actor === user.id) return user.full_name;
    const person = people.data?.items.find((each) => each.user_id === actor);
    if (person) return person.full_name;
    const key = keys.data?.items.find((each) => each.id === actor);
    if (key) return t("audit.key", { name: key.name });
    return actor === "tinko" || actor === "system" ? "Tinko" : actor;
  };
}

function useColumns(who: (actor: string) => string, open: (id: string) => void): Column<AuditEntry>[] {
  const t = useTranslations("settings");
  return [
    {
      key: "action",
      header: t("audit.action"),
      cell: (row) => {
        const area = areaOf(row.action);
        return (
          <button
            type="button"
            className="flex min-h-6 flex-col text-left after:absolute after:inset-0"
            onClick={() => open(row.id)}
          >
            <span className="font-medium">{area ? t(`audit.areas.${area}`) : row.action}</span>
            <span className="font-mono text-xs text-ink-faint">{row.action}</span>
          </button>
        );
      },
    },
    {
      key: "who",
      header: t("audit.who"),
      cell: (row) => <span className="break-all">{who(row.actor)}</span>,
    },
    {
      key: "subject",
      header: t("audit.subject"),
      desktopOnly: true,
      cell: (row) => <code className="font-mono text-xs break-all text-ink-soft">{row.subject}</code>,
    },
    {
      key: "at",
      header: t("audit.at"),
      align: "right",
      cell: (row) => (
        <span className="text-ink-soft">
          <DateTime machine at={row.at} />
        </span>
      ),
    },
  ];
}

import { api, dataOf } from "@/lib/api";
import type { ListOptions } from "@/lib/lists";
import { compact } from "@/lib/search";

import type { AuditEntry } from "./queries";

/** What actions are about: the part of their names before the dot. */
export const AREAS = [
  "api_key",
  "invitation",
  "link",
  "member",
  "opt_out",
  "organization",
  "password",
  "policy",
  "psp_account",
  "psp_event",
  "recovery",
  "rule",
  "session",
  "template",
  "test_clock",
  "totp",
  "user",
] as const;
export type Area = (typeof AREAS)[number];

export type AuditFilters = {
  area?: Area | undefined;
  actor?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};
export type AuditSearch = AuditFilters & { entry?: string | undefined };

export const areaOf = (action: string): Area | undefined =>
  AREAS.find((area) => action.startsWith(`${area}.`));

function startOf(day: string | undefined, after = 0): string | undefined {
  if (day === undefined) return undefined;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + after);
  return date.toISOString();
}

export const auditList = ({ area, actor, from, to }: AuditFilters): ListOptions<AuditEntry> => ({
  queryKey: ["audit_log", { area, actor, from, to }],
  ask: (page, { signal }) =>
    dataOf(
      api.GET("/v1/audit_log", {
        params: {
          query: {
            ...page,
            ...compact({
              action: area && `${area}.`,
              actor,
              from: startOf(from),
              to: startOf(to, 1),
            }),
          },
        },
        signal,
      }),
    ),
});

export type Change = {
  name: string;
  before: unknown;
  after: unknown;
  kind: "added" | "removed" | "changed" | "same";
};

/** What changed, name by name; what stayed the same comes last. */
export function changesOf(
  before: Readonly<Record<string, unknown>> | null,
  after: Readonly<Record<string, unknown>> | null,
): Change[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changes = names.map((name): Change => {
    const was = before?.[name];
    const is = after?.[name];
    const had = before !== null && name in before;
    const has = after !== null && name in after;
    const same = JSON.stringify(was) === JSON.stringify(is);
    const kind = had && has ? (same ? "same" : "changed") : has ? "added" : "removed";
    return { name, before: was, after: is, kind };
  });
  return [...changes.filter(({ kind }) => kind !== "same"), ...changes.filter(({ kind }) => kind === "same")];
}

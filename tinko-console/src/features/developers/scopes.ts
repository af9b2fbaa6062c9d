/** What keys may be permitted, as the API names it; people and keys themselves are managed by people. */
export const SCOPE_AREAS = [
  "events",
  "recoveries",
  "links",
  "messages",
  "opt_outs",
  "policies",
  "rules",
  "templates",
  "psp_accounts",
  "psp_events",
  "webhook_endpoints",
  "analytics",
  "request_log",
  "audit_log",
  "test_clock",
  "contacts",
] as const;
export type ScopeArea = (typeof SCOPE_AREAS)[number];

/** Nobody writes contacts, logs or analytics: those can only be read. */
const READ_ONLY: ReadonlySet<ScopeArea> = new Set([
  "contacts",
  "analytics",
  "request_log",
  "audit_log",
  "messages",
]);
export const canWrite = (area: ScopeArea): boolean => !READ_ONLY.has(area);

export const ACCESS = ["all", "send", "read", "choose"] as const;
export type Access = (typeof ACCESS)[number];

/** The scopes of a choice. */
export function scopesOf(access: Access, chosen: readonly string[]): readonly string[] {
  if (access === "all") return ["*"];
  if (access === "send") return ["events:write", "events:read"];
  if (access === "read")
    return SCOPE_AREAS.filter((area) => area !== "contacts").map((area) => `${area}:read`);
  return chosen;
}

/** Ticks or unticks one permission. Whoever writes also reads. */
export function toggled(chosen: readonly string[], area: ScopeArea, verb: "read" | "write", on: boolean) {
  const set = new Set(chosen);
  if (on) {
    set.add(`${area}:${verb}`);
    if (verb === "write") set.add(`${area}:read`);
  } else {
    set.delete(`${area}:${verb}`);
    if (verb === "read") set.delete(`${area}:write`);
  }
  return [...set];
}

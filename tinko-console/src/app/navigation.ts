import type { IconName } from "@/components";

/** The side navigation: where it leads, what it is called (`common` → `nav.…`), who sees it. */
export const NAVIGATION = [
  { to: "/", key: "dashboard", icon: "home", permission: "analytics:read" },
  { to: "/recoveries", key: "recoveries", icon: "refresh", permission: "recoveries:read" },
  { to: "/policies", key: "policies", icon: "route", permission: "policies:read" },
  { to: "/rules", key: "rules", icon: "filter", permission: "rules:read" },
  { to: "/templates", key: "templates", icon: "mail", permission: "templates:read" },
] as const;

export const DEVELOPERS = [
  { to: "/developers/keys", key: "keys", icon: "key", permission: "api_keys:read" },
  { to: "/developers/events", key: "events", icon: "inbox", permission: "psp_events:read" },
  { to: "/developers/requests", key: "requests", icon: "scroll", permission: "request_log:read" },
  { to: "/developers/unknown-codes", key: "unknownCodes", icon: "help", permission: "rules:read" },
] as const;

export const SETTINGS = [
  { to: "/settings/organization", key: "organization", icon: "building", permission: "organization:read" },
  { to: "/settings/branding", key: "branding", icon: "palette", permission: "organization:read" },
  { to: "/settings/psp", key: "psp", icon: "plug", permission: "psp_accounts:read" },
  { to: "/settings/team", key: "team", icon: "users", permission: "members:read" },
  { to: "/settings/security", key: "security", icon: "shield", permission: null },
  { to: "/settings/audit", key: "audit", icon: "scroll", permission: "audit_log:read" },
  { to: "/settings/test-clock", key: "testClock", icon: "clock", permission: "test_clock:read" },
] as const;

export type Place = (typeof NAVIGATION | typeof DEVELOPERS | typeof SETTINGS)[number] & { icon: IconName };

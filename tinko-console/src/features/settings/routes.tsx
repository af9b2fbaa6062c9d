import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";
import { compact, dayParam, oneOf, textParam, type Search } from "@/lib/search";

import { AREAS } from "./audit";

const organizationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/organization",
  staticData: { permission: "organization:read" },
  component: lazyPage("settings", () => import("./organization-page"), "OrganizationPage"),
});

const brandingRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/branding",
  staticData: { permission: "organization:read" },
  component: lazyPage("settings", () => import("./branding-page"), "BrandingPage"),
});

const pspRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/psp",
  staticData: { permission: "psp_accounts:read" },
  component: lazyPage("settings", () => import("./psp-page"), "PspPage"),
});

const teamRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/team",
  staticData: { permission: "members:read" },
  component: lazyPage("settings", () => import("./team-page"), "TeamPage"),
});

const securityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/security",
  component: lazyPage("settings", () => import("./security-page"), "SecurityPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/audit",
  staticData: { permission: "audit_log:read", wide: true },
  validateSearch: (search: Search) =>
    compact({
      area: oneOf(search.area, AREAS),
      actor: textParam(search.actor, 64),
      from: dayParam(search.from),
      to: dayParam(search.to),
      entry: textParam(search.entry, 64),
    }),
  component: lazyPage("settings", () => import("./audit-page"), "AuditPage"),
});

const clockRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/test-clock",
  staticData: { permission: "test_clock:read" },
  component: lazyPage("settings", () => import("./test-clock-page"), "TestClockPage"),
});

/** The pages of this feature. */
export const settingsRoutes = [
  organizationRoute,
  brandingRoute,
  pspRoute,
  teamRoute,
  securityRoute,
  auditRoute,
  clockRoute,
] as const;

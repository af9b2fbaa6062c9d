import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";

import { readSearch } from "./search";

const dashboardRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  validateSearch: readSearch,
  staticData: { permission: "analytics:read", wide: true },
  component: lazyPage("dashboard", () => import("./dashboard-page"), "DashboardPage"),
});

/** The pages of this feature. */
export const dashboardRoutes = [dashboardRoute] as const;

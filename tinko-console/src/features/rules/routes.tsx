import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";

import { readSearch } from "./search";

const rulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules",
  validateSearch: readSearch,
  staticData: { permission: "rules:read", wide: true },
  component: lazyPage("rules", () => import("./rules-page"), "RulesPage"),
});

/** The pages of this feature. */
export const rulesRoutes = [rulesRoute] as const;

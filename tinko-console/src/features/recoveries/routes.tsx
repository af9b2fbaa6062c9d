import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";
import { oneOf, type Search } from "@/lib/search";

import { readFilters } from "./filters";
import { PARTS } from "./parts";

const recoveriesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/recoveries",
  validateSearch: readFilters,
  staticData: { permission: "recoveries:read", wide: true },
  component: lazyPage("recoveries", () => import("./recoveries-page"), "RecoveriesPage"),
});

const part = (search: Search): { part?: (typeof PARTS)[number] } => {
  const chosen = oneOf(search.part, PARTS);
  return chosen === undefined ? {} : { part: chosen };
};

const recoveryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/recoveries/$id",
  validateSearch: part,
  staticData: { permission: "recoveries:read", wide: true },
  component: lazyPage("recoveries", () => import("./recovery-page"), "RecoveryPage"),
});

/** The pages of this feature. */
export const recoveriesRoutes = [recoveriesRoute, recoveryRoute] as const;

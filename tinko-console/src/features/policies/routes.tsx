import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";
import { oneOf, type Search } from "@/lib/search";

import { PARTS } from "./terms";

const policiesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/policies",
  staticData: { permission: "policies:read" },
  component: lazyPage("policies", () => import("./policies-page"), "PoliciesPage"),
});

const part = (search: Search): { part?: (typeof PARTS)[number] } => {
  const chosen = oneOf(search.part, PARTS);
  return chosen === undefined ? {} : { part: chosen };
};

const policyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/policies/$id",
  validateSearch: part,
  staticData: { permission: "policies:read", wide: true },
  component: lazyPage("policies", () => import("./policy-page"), "PolicyPage"),
});

/** The pages of this feature. */
export const policiesRoutes = [policiesRoute, policyRoute] as const;

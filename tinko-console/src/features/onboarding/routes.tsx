import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";

import { readSearch } from "./search";

const onboardingRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/onboarding",
  validateSearch: readSearch,
  staticData: { permission: "recoveries:read", wide: true },
  component: lazyPage("onboarding", () => import("./onboarding-page"), "OnboardingPage"),
});

/** The pages of this feature. */
export const onboardingRoutes = [onboardingRoute] as const;

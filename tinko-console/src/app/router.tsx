import { createRouter, type RouterHistory } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";

import { PageSkeleton } from "@/components";
import { authRoutes } from "@/features/auth/routes";
import { dashboardRoutes } from "@/features/dashboard/routes";
import { developersRoutes } from "@/features/developers/routes";
import { onboardingRoutes } from "@/features/onboarding/routes";
import { policiesRoutes } from "@/features/policies/routes";
import { recoveriesRoutes } from "@/features/recoveries/routes";
import { rulesRoutes } from "@/features/rules/routes";
import { settingsRoutes } from "@/features/settings/routes";
import { templatesRoutes } from "@/features/templates/routes";
import { publicRoute, rootRoute, shellRoute } from "@/lib/routes";

import { BrokenPage, MissingPage } from "./boundaries";
import { PublicLayout } from "./public-layout";
import { Root } from "./root";
import { Shell } from "./shell";

rootRoute.update({ component: Root, notFoundComponent: MissingPage });
publicRoute.update({ component: PublicLayout });
shellRoute.update({ component: Shell });

const routeTree = rootRoute.addChildren([
  publicRoute.addChildren([...authRoutes]),
  shellRoute.addChildren([
    ...dashboardRoutes,
    ...onboardingRoutes,
    ...recoveriesRoutes,
    ...policiesRoutes,
    ...rulesRoutes,
    ...templatesRoutes,
    ...developersRoutes,
    ...settingsRoutes,
  ]),
]);

/** Makes the router; tests hand in a history of their own. */
export function createAppRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    basepath: "/console",
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: PageSkeleton,
    defaultPendingMs: 150,
    defaultErrorComponent: BrokenPage,
    defaultNotFoundComponent: MissingPage,
    scrollRestoration: true,
    ...(history ? { history } : {}),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

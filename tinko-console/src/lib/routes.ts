import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { needMessages, type Namespace } from "./i18n";
import { requireSession } from "./session/guard";

/** What every route's loader may use. */
export type RouterContext = { queryClient: QueryClient };

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** What one must be permitted to see the page; the shell says so otherwise. */
    permission?: string;
    /** The page takes the whole width (dense tables); otherwise it is kept readable. */
    wide?: boolean;
  }
}

/** The roots that features hang their routes in; the app gives them their components. */
export const rootRoute = createRootRouteWithContext<RouterContext>()();

/** Pages before the sign-in. */
export const publicRoute = createRoute({ getParentRoute: () => rootRoute, id: "public" });

/** Pages behind the sign-in, in the shell. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: requireSession,
});

/** A page's component in its own chunk, with the words of its feature loaded beside it. */
export function lazyPage<Name extends string, Module extends Record<Name, ComponentType>>(
  namespace: Namespace,
  load: () => Promise<Module>,
  name: Name,
) {
  return lazyRouteComponent(async () => {
    const [module] = await Promise.all([load(), needMessages(namespace)]);
    return { [name]: module[name] };
  }, name);
}

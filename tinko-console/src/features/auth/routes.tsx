import { createRoute } from "@tanstack/react-router";

import { lazyPage, publicRoute } from "@/lib/routes";
import { textParam } from "@/lib/search";

/** Where to go on after the sign-in; only paths of the console. */
const next = (search: Record<string, unknown>): { next?: string } => {
  const path = textParam(search.next, 500);
  return path?.startsWith("/") && !path.startsWith("//") && !path.includes("\\") ? { next: path } : {};
};

const signInRoute = createRoute({
  getParentRoute: () => publicRoute,
  path: "/sign-in",
  validateSearch: next,
  component: lazyPage("auth", () => import("./sign-in-page"), "SignInPage"),
});

const signUpRoute = createRoute({
  getParentRoute: () => publicRoute,
  path: "/sign-up",
  component: lazyPage("auth", () => import("./sign-up-page"), "SignUpPage"),
});

const forgotRoute = createRoute({
  getParentRoute: () => publicRoute,
  path: "/forgot",
  component: lazyPage("auth", () => import("./forgot-page"), "ForgotPage"),
});

const resetRoute = createRoute({
  getParentRoute: () => publicRoute,
  path: "/reset",
  component: lazyPage("auth", () => import("./reset-page"), "ResetPage"),
});

const inviteRoute = createRoute({
  getParentRoute: () => publicRoute,
  path: "/invite",
  component: lazyPage("auth", () => import("./invite-page"), "InvitePage"),
});

/** The pages of this feature. */
export const authRoutes = [signInRoute, signUpRoute, forgotRoute, resetRoute, inviteRoute] as const;

import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";
import { compact, dayParam, oneOf, textParam, type Search } from "@/lib/search";

import { EVENT_STATES, METHODS } from "./queries";

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/developers/keys",
  staticData: { permission: "api_keys:read" },
  component: lazyPage("developers", () => import("./keys-page"), "KeysPage"),
});

const eventsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/developers/events",
  staticData: { permission: "psp_events:read", wide: true },
  validateSearch: (search: Search) =>
    compact({
      status: oneOf(search.status, EVENT_STATES),
      type: textParam(search.type),
      account: textParam(search.account, 64),
      from: dayParam(search.from),
      to: dayParam(search.to),
      event: textParam(search.event, 64),
    }),
  component: lazyPage("developers", () => import("./events-page"), "EventsPage"),
});

const statusParam = (value: unknown) => {
  const text = textParam(value, 3);
  return text !== undefined && /^[1-5](xx|\d\d)$/.test(text) ? text : undefined;
};

const requestsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/developers/requests",
  staticData: { permission: "request_log:read", wide: true },
  validateSearch: (search: Search) =>
    compact({
      status: statusParam(search.status),
      method: oneOf(search.method, METHODS),
      path: textParam(search.path),
      key: textParam(search.key, 64),
      request: textParam(search.request, 64),
    }),
  component: lazyPage("developers", () => import("./requests-page"), "RequestsPage"),
});

const unknownCodesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/developers/unknown-codes",
  staticData: { permission: "rules:read" },
  component: lazyPage("developers", () => import("./unknown-codes-page"), "UnknownCodesPage"),
});

/** The pages of this feature. */
export const developersRoutes = [keysRoute, eventsRoute, requestsRoute, unknownCodesRoute] as const;

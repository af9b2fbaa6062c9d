import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterContextProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";

import { preloadDialogs } from "@/components";
import type { Messages } from "@/lib/i18n";
import { meQuery, type Me } from "@/lib/session";

const files = import.meta.glob<object>("../locales/en/*.json", { eager: true, import: "default" });
const english = Object.fromEntries(
  Object.entries(files).map(([path, words]) => [/([a-z]+)\.json$/.exec(path)?.[1] ?? path, words]),
) as Messages;

// What opens on a click is there on the click, as it is in a browser that had a moment.
await preloadDialogs();

/** Draws a component in English with all providers; `me` is who is signed in. */
export function renderWith(node: ReactNode, { me }: { me?: Me } = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  if (me) client.setQueryData(meQuery.queryKey, me);
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() });
  const drawn = render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <QueryClientProvider client={client}>
        <RouterContextProvider router={router as never}>{node}</RouterContextProvider>
      </QueryClientProvider>
    </IntlProvider>,
  );
  return { ...drawn, client };
}

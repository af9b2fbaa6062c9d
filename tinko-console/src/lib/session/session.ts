import { queryOptions, type QueryClient } from "@tanstack/react-query";

import { api, dataOf, isProblem, shown, whenOrganizationChanged, whenUnauthenticated } from "@/lib/api";
import { createStore } from "@/lib/store";

import type { Me } from "./types";

/** `ended` while a page is open whose session is over: a sign-in is laid over it. */
export const sessionState = createStore<"alive" | "ended">("alive");

const ME = ["me"] as const;

/** Who is signed in; null if nobody is. While a page is open, who it was stays after the session's end. */
export const meQuery = queryOptions({
  queryKey: ME,
  staleTime: 60_000,
  queryFn: async ({ client, signal }): Promise<Me | null> => {
    const before = client.getQueryData<Me | null>(ME) ?? null;
    try {
      const me = await dataOf(api.GET("/v1/auth/me", { signal }));
      shown.organizationId = me.organization.id;
      const same = before?.user.id === me.user.id && before.organization.id === me.organization.id;
      // Another person or organization must not see what the one before had open.
      if (before !== null && !same) forgetAll(client);
      return me;
    } catch (error) {
      if (isProblem(error) && error.status === 401) return before;
      throw error;
    }
  },
});

type News = { kind: "signed-in" | "signed-out" | "switched" };
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("tinko.session");

/** Takes what sign-in, sign-up, invitation or reset answered: the page goes on as that person. */
export async function enter(client: QueryClient): Promise<Me | null> {
  const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
  if (me === null) return null;
  sessionState.set("alive");
  tabs?.postMessage({ kind: "signed-in" } satisfies News);
  void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
  return me;
}

/** Ends the session here and in the other tabs. */
export async function leave(client: QueryClient): Promise<void> {
  await api.POST("/v1/auth/logout", {}).catch((error: unknown) => {
    // Over already: that is what was wanted.
    if (!isProblem(error) || error.status !== 401) throw error;
  });
  tabs?.postMessage({ kind: "signed-out" } satisfies News);
  shown.organizationId = null;
  sessionState.set("alive");
  client.setQueryData(ME, null);
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
}

/** Goes on in another organization: live or test, or another merchant's. */
export async function switchOrganization(client: QueryClient, organizationId: string): Promise<void> {
  await api.POST("/v1/auth/switch", { body: { organization_id: organizationId } });
  await client.fetchQuery({ ...meQuery, staleTime: 0 });
  tabs?.postMessage({ kind: "switched" } satisfies News);
}

function forgetAll(client: QueryClient): void {
  void client.resetQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
}

/** Watches for the session's end here, and for what other tabs do; returns how to stop. */
export function watchSession(client: QueryClient, onSwitched: () => void): () => void {
  const stop = whenUnauthenticated(() => {
    if (client.getQueryData(meQuery.queryKey)) sessionState.set("ended");
  });
  const follow = () => void enterFromElsewhere(client, onSwitched);
  const hear = (event: MessageEvent<News>) => {
    const me = client.getQueryData(meQuery.queryKey);
    if (!me) {
      if (event.data.kind === "signed-in") void client.invalidateQueries(meQuery);
      return;
    }
    if (event.data.kind === "signed-out") sessionState.set("ended");
    else follow();
  };
  const stopFollowing = whenOrganizationChanged(follow);
  tabs?.addEventListener("message", hear);
  return () => {
    stop();
    stopFollowing();
    tabs?.removeEventListener("message", hear);
  };
}

async function enterFromElsewhere(client: QueryClient, onSwitched: () => void): Promise<void> {
  const before = client.getQueryData(meQuery.queryKey);
  const me = await client.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => null);
  if (me === null) return;
  sessionState.set("alive");
  if (before?.organization.id !== me.organization.id || before.user.id !== me.user.id) onSwitched();
  // A sign-in elsewhere is one here: what failed meanwhile is asked for again.
  else void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
}

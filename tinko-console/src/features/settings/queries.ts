import { queryOptions } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "@/lib/api";
import type { ListOptions } from "@/lib/lists";
import { compact } from "@/lib/search";

export type PspAccount = Schemas["PspAccountView"];
export type Member = Schemas["MemberOut"];
export type Invitation = Schemas["InvitationView"];
export type Session = Schemas["SessionView"];
export type AuditEntry = Schemas["AuditOut"];
export type Reading = Schemas["PspReadingView"];
export type Check = Schemas["CheckView"];

export const accountsQuery = queryOptions({
  queryKey: ["psp_accounts"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/psp_accounts", { params: { query: { limit: 100 } }, signal })),
});

/** Null where it cannot be asked: the page does without. */
export const statusQuery = queryOptions({
  queryKey: ["health"],
  refetchInterval: 30_000,
  retry: false,
  queryFn: async ({ signal }): Promise<Schemas["StatusView"] | null> =>
    dataOf(api.GET("/health/status", { signal })).catch(() => null),
});

/** What the last test of an account found; kept while the page is open. */
export type LastCheck = { at: string; found: Check };
export const checkKey = (id: string) => ["psp_checks", id] as const;
export async function checkAccount(id: string): Promise<LastCheck> {
  const found = await dataOf(
    api.POST("/v1/psp_accounts/{psp_account_id}/test", { params: { path: { psp_account_id: id } } }),
  );
  return { at: new Date().toISOString(), found };
}

export const readingsList = (id: string): ListOptions<Reading> => ({
  queryKey: ["psp_accounts", id, "readings"],
  limit: 20,
  ask: (page, { signal }) =>
    dataOf(
      api.GET("/v1/psp_accounts/{psp_account_id}/readings", {
        params: { path: { psp_account_id: id }, query: page },
        signal,
      }),
    ),
});

/** How many open recoveries came through a PSP, counted up to a thousand. */
export const openCountQuery = (gateway: string | undefined) =>
  queryOptions({
    queryKey: ["recoveries", "open_count", gateway ?? ""],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      let count = 0;
      let cursor: string | null = null;
      do {
        const query = {
          ...compact({ gateway }),
          status: "open" as const,
          limit: 100,
          ...compact({ cursor: cursor ?? undefined }),
        };
        const page: { items: unknown[]; next_cursor: string | null } = await dataOf(
          api.GET("/v1/recoveries", { params: { query }, signal }),
        );
        count += page.items.length;
        cursor = page.next_cursor;
      } while (cursor !== null && count < 1_000);
      return { count, more: cursor !== null };
    },
  });

export const membersList: ListOptions<Member> = {
  queryKey: ["members"],
  ask: (page, { signal }) => dataOf(api.GET("/v1/members", { params: { query: page }, signal })),
};

export const invitationsList: ListOptions<Invitation> = {
  queryKey: ["invitations"],
  ask: (page, { signal }) => dataOf(api.GET("/v1/invitations", { params: { query: page }, signal })),
};

export const sessionsList: ListOptions<Session> = {
  queryKey: ["sessions"],
  ask: (page, { signal }) => dataOf(api.GET("/v1/auth/sessions", { params: { query: page }, signal })),
};

/** Names of people and keys, for who may know them. */
export const peopleQuery = queryOptions({
  queryKey: ["members", "names"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/members", { params: { query: { limit: 100 } }, signal })),
});
export const keysQuery = queryOptions({
  queryKey: ["api_keys", "names"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/api_keys", { params: { query: { limit: 100 } }, signal })),
});

export type Clock = Schemas["ClockView"];
export const clockQuery = queryOptions({
  queryKey: ["clock"],
  staleTime: 0,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/test/clock", { signal })),
  refetchInterval: ({ state }) => (state.data?.advancing_to ? 1_000 : false),
});

/** Open recoveries of which one has the next step; the API has no list by due time, so 100 are looked at. */
export const nextStepQuery = queryOptions({
  queryKey: ["recoveries", "next_step"],
  staleTime: 0,
  queryFn: async ({ signal }) => {
    const page = await dataOf(
      api.GET("/v1/recoveries", { params: { query: { status: "open", limit: 100 } }, signal }),
    );
    const due = page.items.flatMap((each) => (each.next_attempt_at === null ? [] : [each.next_attempt_at]));
    return { dueAt: due.sort() };
  },
});

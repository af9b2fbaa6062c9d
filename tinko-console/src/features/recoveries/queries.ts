import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";

import type { paths } from "@/api/schema";
import { api, dataOf, type Page, type Schemas } from "@/lib/api";

import { toQuery, type Filters } from "./filters";

export type Recovery = Schemas["RecoveryView"];
export type Detail = Schemas["RecoveryDetail"];
export type SavedView = Schemas["SavedViewView"];
export type Attempt = Schemas["AttemptView"];
export type Link = Schemas["LinkView"];
export type Bulk = Schemas["BulkView"];
export type Draft = paths["/v1/templates/preview"]["post"]["requestBody"]["content"]["application/json"];
export type BulkAct = Schemas["BulkIn"]["action"];

/** A page of the list; the first remembers up to which moment the list goes. */
type ListPage = Page<Recovery> & { ceiling: string | null };
type Pages = InfiniteData<ListPage, string | null>;

const LIMIT = 50;

/** The millisecond after the newest one was opened: what is opened later is counted, not pushed in. */
const ceilingOf = (newest: Recovery | undefined): string | null =>
  newest === undefined ? null : new Date(new Date(newest.opened_at).getTime() + 1).toISOString();

const listKey = (filters: Filters) => ["recoveries", "list", filters] as const;

/** The list, newest first. Fetched anew it stays up to the same moment, so that rows do not jump. */
export const listQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: listKey(filters),
    initialPageParam: null as string | null,
    getNextPageParam: (last: ListPage) => last.next_cursor,
    placeholderData: keepPreviousData,
    queryFn: async ({ client, pageParam, queryKey, signal }): Promise<ListPage> => {
      const known = client.getQueryData<Pages>(queryKey)?.pages[0]?.ceiling ?? null;
      const query = toQuery(filters);
      const to = known !== null && (query.to === undefined || known < query.to) ? known : query.to;
      const page = await dataOf(
        api.GET("/v1/recoveries", {
          params: { query: { ...query, ...(to ? { to } : {}), cursor: pageParam, limit: LIMIT } },
          signal,
        }),
      );
      return { ...page, ceiling: known ?? ceilingOf(page.items[0]) };
    },
  });

/** Takes in what was opened since the list was. */
export async function showNewest(client: QueryClient, filters: Filters): Promise<void> {
  const queryKey = listKey(filters);
  client.setQueryData<Pages>(queryKey, (data) =>
    data === undefined
      ? data
      : {
          pages: data.pages.slice(0, 1).map((page) => ({ ...page, ceiling: null })),
          pageParams: data.pageParams.slice(0, 1),
        },
  );
  await client.invalidateQueries({ queryKey });
}

/** How many there are; exact up to 10,000. */
export const countQuery = (filters: Filters) =>
  queryOptions({
    queryKey: ["recoveries", "count", filters],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recoveries/count", { params: { query: toQuery(filters) }, signal })),
  });

/** How many were opened since the list was. */
export const newerQuery = (filters: Filters, ceiling: string | null) =>
  queryOptions({
    queryKey: ["recoveries", "newer", filters, ceiling],
    enabled: ceiling !== null && filters.to === undefined,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/recoveries/count", {
          params: { query: { ...toQuery(filters), from: ceiling } },
          signal,
        }),
      ),
  });

/** One recovery with all that happened. */
export const detailQuery = (id: string) =>
  queryOptions({
    queryKey: ["recovery", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recoveries/{recovery_id}", { params: { path: { recovery_id: id } }, signal })),
  });

/** What network rules leave for another charge. */
export const budgetQuery = (id: string) =>
  queryOptions({
    queryKey: ["recovery", id, "budget"],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/recoveries/{recovery_id}/budget", { params: { path: { recovery_id: id } }, signal }),
      ),
  });

/** One webhook of a provider with its body. */
export const pspEventQuery = (id: string) =>
  queryOptions({
    queryKey: ["psp_events", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/psp_events/{psp_event_id}", { params: { path: { psp_event_id: id } }, signal })),
  });

/** One message: which text it was made from. */
export const messageQuery = (id: string) =>
  queryOptions({
    queryKey: ["messages", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/messages/{message_id}", { params: { path: { message_id: id } }, signal })),
  });

/** The versions of one of the organization's own texts. */
export const versionsQuery = (templateId: string) =>
  queryOptions({
    queryKey: ["templates", templateId, "versions"],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/templates/{template_id}/versions", {
          params: { path: { template_id: templateId } },
          signal,
        }),
      ),
  });

/** A text filled in with made-up facts. */
export const previewQuery = (draft: Draft) =>
  queryOptions({
    queryKey: ["templates", "preview", draft],
    queryFn: ({ signal }) => dataOf(api.POST("/v1/templates/preview", { body: draft, signal })),
  });

/** The views one saved, and those that others share. */
export const viewsQuery = queryOptions({
  queryKey: ["saved_views", "recoveries"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/saved_views", { params: { query: { page: "recoveries", limit: 100 } }, signal })),
});

/** Who works here, to call people by their names. */
export const membersQuery = queryOptions({
  queryKey: ["members", "names"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/members", { params: { query: { limit: 100 } }, signal })),
});

/** The connected providers, to call them by their names. */
export const accountsQuery = queryOptions({
  queryKey: ["psp_accounts", "names"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/psp_accounts", { params: { query: { limit: 100 } }, signal })),
});

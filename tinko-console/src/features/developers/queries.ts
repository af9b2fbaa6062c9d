import { queryOptions } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "@/lib/api";
import { compact } from "@/lib/search";
import type { ListOptions } from "@/lib/lists";

export type ApiKey = Schemas["ApiKeyOut"];
export type NewApiKey = Schemas["NewApiKeyOut"];
export type PspEvent = Schemas["PspEventView"];
export type LoggedRequest = Schemas["RequestBrief"];
export type UnknownCode = Schemas["UnknownCodeView"];

export const EVENT_STATES = ["dead", "pending", "processed", "ignored"] as const;
export type EventState = (typeof EVENT_STATES)[number];
export type EventFilters = {
  status?: EventState | undefined;
  type?: string | undefined;
  account?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

export type EventSearch = EventFilters & { event?: string | undefined };

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type RequestFilters = {
  status?: string | undefined;
  method?: (typeof METHODS)[number] | undefined;
  path?: string | undefined;
  key?: string | undefined;
};

export type RequestSearch = RequestFilters & { request?: string | undefined };

/** The start of a day in the viewer's zone; `after` days later. */
export function startOf(day: string | undefined, after = 0): string | undefined {
  if (day === undefined) return undefined;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + after);
  return date.toISOString();
}

/** What the API calls the filters of events; `to` is a whole day. */
export const eventWishes = ({ status, type, account, from, to }: EventFilters) =>
  compact({ status, type, psp_account_id: account, from: startOf(from), to: startOf(to, 1) });

export const keysList: ListOptions<ApiKey> = {
  queryKey: ["api_keys"],
  ask: (page, { signal }) => dataOf(api.GET("/v1/api_keys", { params: { query: page }, signal })),
};

export const eventsList = (filters: EventFilters): ListOptions<PspEvent> => ({
  queryKey: ["psp_events", filters],
  ask: (page, { signal }) =>
    dataOf(api.GET("/v1/psp_events", { params: { query: { ...eventWishes(filters), ...page } }, signal })),
});

export const requestsList = ({ key, ...filters }: RequestFilters): ListOptions<LoggedRequest> => ({
  queryKey: ["request_log", filters, key],
  ask: (page, { signal }) =>
    dataOf(
      api.GET("/v1/request_log", {
        params: { query: { ...compact({ ...filters, key_id: key }), ...page } },
        signal,
      }),
    ),
});

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["psp_events", "one", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/psp_events/{psp_event_id}", { params: { path: { psp_event_id: id } }, signal })),
  });

/** How many events a filter finds, counted up to `MOST_COUNTED`. */
export const MOST_COUNTED = 1_000;
const PAGE = 100;
export const eventCountQuery = (filters: EventFilters) =>
  queryOptions({
    queryKey: ["psp_events", "count", filters],
    queryFn: async ({ signal }) => {
      let count = 0;
      let cursor: string | null = null;
      do {
        const query = { ...eventWishes(filters), limit: PAGE, ...(cursor === null ? {} : { cursor }) };
        const page: { items: unknown[]; next_cursor: string | null } = await dataOf(
          api.GET("/v1/psp_events", { params: { query }, signal }),
        );
        count += page.items.length;
        cursor = page.next_cursor;
      } while (cursor !== null && count < MOST_COUNTED);
      return { count, more: cursor !== null };
    },
  });

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ["request_log", "one", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/request_log/{request_log_id}", { params: { path: { request_log_id: id } }, signal }),
      ),
  });

export const accountsQuery = queryOptions({
  queryKey: ["psp_accounts"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/psp_accounts", { params: { query: { limit: 100 } }, signal })),
});

export const keyNamesQuery = queryOptions({
  queryKey: ["api_keys", "names"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/api_keys", { params: { query: { limit: 100 } }, signal })),
});

export const unknownCodesQuery = queryOptions({
  queryKey: ["events", "unknown_codes"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/analytics/unknown-codes", { params: { query: { limit: 100 } }, signal })),
});

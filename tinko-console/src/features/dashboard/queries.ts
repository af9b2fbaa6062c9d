import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, dataOf, type Schemas } from "@/lib/api";

import type { Period, Step } from "./search";

export type Kpis = Schemas["KpisView"];
export type Cohort = Schemas["CohortView"];
export type Point = Schemas["PointView"];
export type Attention = Schemas["AttentionView"];

/** Which days, in which currency. */
export type Asked = { from: string; to: string; currency?: string };

const EVERY = 30_000;

export const askedOf = ({ from, until }: Period, currency: string | undefined): Asked => ({
  from,
  to: until,
  ...(currency === undefined ? {} : { currency }),
});

/** The first figures. They begin with the live topic: each change of a recovery brings them anew. */
export const kpisQuery = (asked: Asked, compare: boolean) =>
  queryOptions({
    queryKey: ["recoveries", "kpis", asked, compare],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/analytics/kpis", {
          params: { query: { ...asked, ...(compare ? { compare: "previous" as const } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** What waits for a person; dead events and keys tell no topic, so it is asked for now and then as well. */
export const attentionQuery = queryOptions({
  queryKey: ["recoveries", "attention"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/analytics/attention", { signal })),
  refetchInterval: EVERY,
});

/** The period in steps. Below the first figures, it follows them instead of the stream. */
export const timeseriesQuery = (asked: Asked, step: Step) =>
  queryOptions({
    queryKey: ["analytics", "timeseries", asked, step],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/analytics/timeseries", { params: { query: { ...asked, group_by: step } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });

/** The cohort's parts. */
export const partsQuery = (asked: Asked, by: "category" | "gateway") =>
  queryOptions({
    queryKey: ["analytics", "parts", asked, by],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/analytics/recovery-rate", { params: { query: { ...asked, group_by: by } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });

/** What came back in each currency. */
export const currenciesQuery = ({ from, to }: Asked) =>
  queryOptions({
    queryKey: ["analytics", "currencies", from, to],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/analytics/revenue-recovered", {
          params: { query: { from, to, group_by: "currency" } },
          signal,
        }),
      ),
    refetchInterval: EVERY,
  });

/** The first steps of the organization. */
export const firstStepsQuery = queryOptions({
  queryKey: ["recoveries", "onboarding"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/onboarding", { signal })),
});

/** Messages of one state, newest first. */
export const messagesQuery = (status: "failed" | "unknown") =>
  queryOptions({
    queryKey: ["messages", "attention", status],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/messages", { params: { query: { status, limit: 50 } }, signal })),
  });

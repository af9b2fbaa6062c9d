import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { api, call, dataOf, type Schemas } from "@/lib/api";
import { meQuery } from "@/lib/session";

import type { Failure } from "./sample";

export type Recovery = Schemas["RecoveryDetail"];
export type Policy = Schemas["PolicyView"];
export type Happening = Schemas["TimelineView"];

const ASK_AGAIN = 1_000;

/** How far the organization is; what is done is seen in its data, so each change may bring a step. */
export const onboardingQuery = queryOptions({
  queryKey: ["recoveries", "onboarding"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/onboarding", { signal })),
});

/** The newest recovery, if there is one. */
export const newestQuery = queryOptions({
  queryKey: ["recoveries", "newest"],
  queryFn: async ({ signal }) =>
    (await dataOf(api.GET("/v1/recoveries", { params: { query: { limit: 1 } }, signal }))).items[0] ?? null,
});

export const recoveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["recoveries", "watched", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recoveries/{recovery_id}", { params: { path: { recovery_id: id } }, signal })),
  });

export const policyQuery = queryOptions({
  queryKey: ["policies", "active"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/retry/policies/active", { signal })),
});

/** What a policy makes of three usual failures; nothing is stored. */
export const scheduleQuery = (policy: Policy, currency: string) =>
  queryOptions({
    queryKey: ["policies", "preview", policy.id, policy.version, currency],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      dataOf(
        api.POST("/v1/retry/policies/preview", {
          body: { settings: settingsOf(policy), samples: samplesIn(currency) },
          signal,
        }),
      ),
  });

export const SAMPLES = ["insufficient_funds", "network_error", "expired_card"] as const;

const samplesIn = (currency: string) =>
  SAMPLES.map((reason) => ({
    name: reason,
    gateway: "sandbox",
    failure_reason: reason,
    amount: 49_900,
    currency,
    customer: { email: "payer@example.com" },
    payment_method: { type: "card" as const, token: "pm_sandbox_ok", brand: "visa" },
  }));

const NOT_SETTINGS = new Set(["id", "name", "version", "is_active", "has_draft", "created_at", "updated_at"]);

function settingsOf(policy: Policy): NonNullable<Schemas["SchedulePreviewIn"]["settings"]> {
  const settings = Object.entries(policy).filter(([name]) => !NOT_SETTINGS.has(name));
  return Object.fromEntries(settings) as NonNullable<Schemas["SchedulePreviewIn"]["settings"]>;
}

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["recoveries"] }),
    client.fetchQuery({ ...meQuery, staleTime: 0 }),
  ]);
}

export const useNameAndCurrency = () => {
  const client = useQueryClient();
  return (body: { name: string; currency: string }) =>
    dataOf(api.PATCH("/v1/auth/org", { body })).then(() => refresh(client));
};

export const useChoose = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ChooseIn"]) => dataOf(api.POST("/v1/onboarding/choose", { body })),
    onSuccess: (steps) => client.setQueryData(onboardingQuery.queryKey, steps),
  });
};

export const useDismiss = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => dataOf(api.POST("/v1/onboarding/dismiss")),
    onSuccess: (steps) => client.setQueryData(onboardingQuery.queryKey, steps),
  });
};

export const useMakeKey = () =>
  useMutation({
    mutationFn: (name: string) =>
      call<Schemas["NewApiKeyOut"]>("POST", "/v1/api_keys", { body: { name, scopes: ["events:write"] } }),
  });

export const useSend = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (failure: Failure) =>
      call<{ recovery: { id: string } }>("POST", "/v1/events/payment_failed", { body: failure }),
    onSuccess: () => refresh(client),
  });
};

/** Lets the organization's time pass, and waits until it has. */
export const useAdvance = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (seconds: number) => {
      let clock = await dataOf(api.POST("/v1/test/clock/advance", { body: { seconds } }));
      while (clock.advancing_to !== null) {
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
        clock = await dataOf(api.GET("/v1/test/clock"));
      }
      return clock;
    },
    onSettled: () => refresh(client),
  });
};

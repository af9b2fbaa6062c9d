import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call, dataOf, type Schemas } from "@/lib/api";

import type { RuleTerms } from "./terms";

export type Rules = Schemas["RulesView"];
export type Rule = Schemas["RuleView"];
export type Verdict = Schemas["Verdict"];
export type Trial = Schemas["TestView"];
export type LookBack = Schemas["PreviewView"];
export type Failure = Partial<
  Record<"gateway" | "failure_code" | "failure_reason" | "failure_message", string>
>;

const ROOT = "/v1/rules";
const KEY = ["rules", "list"] as const;

export const rulesQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => dataOf(api.GET(ROOT, { signal })),
});

export const choicesQuery = queryOptions({
  queryKey: ["rules", "choices"],
  staleTime: Infinity,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/rules/choices", { signal })),
});

/** What a draft would have done in the last 30 days. */
export const lookBackQuery = (rule: RuleTerms, position: number | null, enabled: boolean) =>
  queryOptions({
    queryKey: ["rules-preview", rule, position],
    enabled,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      call<LookBack>("POST", `${ROOT}/preview`, {
        body: { rule, ...(position === null ? {} : { position }) },
        signal,
      }),
  });

export const tryRules = (failure: Failure, rule: RuleTerms | null, position: number | null) =>
  call<Trial>("POST", `${ROOT}/test`, {
    body: { failure, ...(rule ? { rule } : {}), ...(rule && position !== null ? { position } : {}) },
  });

export type RuleWish = Omit<RuleTerms, "id"> & { position: number };

/** Makes a rule, or replaces what it says. */
export function useSaveRule(id: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: RuleWish) =>
      id === null
        ? call<Rule>("POST", ROOT, { body: wish })
        : call<Rule>("PATCH", `${ROOT}/${id}`, { body: wish }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Switches a rule on or off; seen at once. */
export function useSwitchRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      call<Rule>("PATCH", `${ROOT}/${id}`, { body: { enabled } }),
    onMutate: ({ id, enabled }) => {
      client.setQueryData<Rules>(
        KEY,
        (before) =>
          before && {
            ...before,
            items: before.items.map((each) => (each.id === id ? { ...each, enabled } : each)),
          },
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Puts the rules in another order; seen at once, and taken back if it is refused. */
export function useOrderRules() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: readonly string[]) => call<Rules>("PUT", `${ROOT}/order`, { body: { ids } }),
    onMutate: (ids) => {
      client.setQueryData<Rules>(KEY, (before) => {
        if (!before) return before;
        const items = ids.flatMap((id) => before.items.filter((each) => each.id === id));
        return { ...before, items: items.map((each, position) => ({ ...each, position })) };
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Deletes a rule. */
export function useDeleteRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("DELETE", `${ROOT}/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

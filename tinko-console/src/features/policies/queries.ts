import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, call, dataOf, isProblem, type Schemas } from "@/lib/api";
import { useCan } from "@/lib/session";

import type { Terms } from "./terms";

export type Draft = Schemas["DraftView"];
export type Change = Schemas["ChangeView"];
export type Schedules = Schemas["SchedulesView"];
export type Schedule = Schemas["ScheduleView"];
export type Simulation = Schemas["SimulationView"];
export type Version = Schemas["app__api__schemas__policies__VersionView"];

const MOST = 100;
const ROOT = "/v1/retry/policies";

export const policiesQuery = queryOptions({
  queryKey: ["policies", "list"],
  queryFn: ({ signal }) => dataOf(api.GET(ROOT, { params: { query: { limit: MOST } }, signal })),
});

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ["policies", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET(`${ROOT}/{policy_id}`, { params: { path: { policy_id: id } }, signal })),
  });

/** The draft, or null where there is none. */
export const draftQuery = (id: string) =>
  queryOptions({
    queryKey: ["policies", id, "draft"],
    queryFn: async ({ signal, client }): Promise<Draft | null> => {
      // The policy says whether there is one: what is known to be missing is not asked for.
      if (client.getQueryData(policyQuery(id).queryKey)?.has_draft === false) return null;
      try {
        return await call<Draft>("GET", `${ROOT}/${id}/draft`, { signal });
      } catch (error) {
        if (isProblem(error) && error.status === 404) return null;
        throw error;
      }
    },
  });

export const useQueryOf = (id: string) =>
  queryOptions({
    queryKey: ["recoveries", "policy-use", id],
    // A consequence is said by it: never an old number.
    staleTime: 0,
    queryFn: ({ signal }) =>
      dataOf(api.GET(`${ROOT}/{policy_id}/use`, { params: { path: { policy_id: id } }, signal })),
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["policies", id, "versions"],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET(`${ROOT}/{policy_id}/versions`, {
          params: { path: { policy_id: id }, query: { limit: MOST } },
          signal,
        }),
      ),
  });

/** The schedules that terms make for the usual failures; `previous` ones stay seen meanwhile. */
export const schedulesQuery = (terms: Terms, enabled: boolean) =>
  queryOptions({
    queryKey: ["policy-preview", terms],
    enabled,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      call<Schedules>("POST", `${ROOT}/preview`, { body: { settings: terms }, signal }),
  });

export const saveDraft = (id: string, terms: Terms, basedOn: number) =>
  call<Draft>("PUT", `${ROOT}/${id}/draft`, { body: { settings: terms, based_on: basedOn } });

export async function dropDraft(id: string): Promise<void> {
  try {
    await call("DELETE", `${ROOT}/${id}/draft`);
  } catch (error) {
    // Dropped by somebody else already: that is what was wanted.
    if (!isProblem(error) || error.status !== 404) throw error;
  }
}

export const publishDraft = (id: string, expected: number) =>
  call<Schemas["PolicyView"]>("POST", `${ROOT}/${id}/publish`, { body: { expected_version: expected } });

export const restoreVersion = (id: string, version: number, expected: number) =>
  call<Schemas["PolicyView"]>("POST", `${ROOT}/${id}/versions/${version}/restore`, {
    body: { expected_version: expected },
  });

export const createPolicy = (name: string, terms: Terms) =>
  call<Schemas["PolicyView"]>("POST", ROOT, { body: { name, ...terms } });

export const changePolicy = (id: string, change: { name?: string; is_active?: true }) =>
  call<Schemas["PolicyView"]>("PATCH", `${ROOT}/${id}`, { body: change });

export const deletePolicy = (id: string) => call("DELETE", `${ROOT}/${id}`);

export const simulate = (terms: Terms) =>
  call<Simulation>("POST", "/v1/simulations", { body: { settings: terms } });

/** Says who an actor is, where the viewer may know: a colleague's name; null otherwise. */
export function useActorName(): (actor: string) => string | null {
  const may = useCan()("members:read");
  const { data } = useQuery({
    queryKey: ["members", "names"],
    enabled: may,
    staleTime: 300_000,
    queryFn: ({ signal }) => dataOf(api.GET("/v1/members", { params: { query: { limit: MOST } }, signal })),
  });
  return (actor) => data?.items.find((each) => each.user_id === actor)?.full_name ?? null;
}

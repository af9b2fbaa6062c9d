import { useQueryClient } from "@tanstack/react-query";

import { api, call, dataOf, type Schemas } from "@/lib/api";

import type { Bulk, BulkAct, Detail } from "./queries";

export type Act = "retry" | "cancel" | "pause" | "resume" | "check" | "acknowledge";

/** What the person may do with one recovery; each answers the recovery as it is then. */
export function useActs(id: string) {
  const client = useQueryClient();
  const path = { params: { path: { recovery_id: id } } };
  const keep = async (answer: Promise<Detail>): Promise<void> => {
    client.setQueryData(["recovery", id], await answer);
    void client.invalidateQueries({ queryKey: ["recovery", id, "budget"] });
    void client.invalidateQueries({ queryKey: ["recoveries"] });
  };
  return {
    run: (act: Act) => keep(call<Detail>("POST", `/v1/recoveries/${id}/${act}`)),
    move: (dueAt: string) =>
      keep(
        dataOf(api.PATCH("/v1/recoveries/{recovery_id}/next_attempt", { ...path, body: { due_at: dueAt } })),
      ),
    makeLink: async (reference: string, body: Schemas["LinkIn"]): Promise<Schemas["IssuedLinkView"]> => {
      const made = await call<Schemas["IssuedLinkView"]>(
        "POST",
        `/v1/recoveries/by_ref/${reference.split("/").map(encodeURIComponent).join("/")}/link`,
        { body },
      );
      void client.invalidateQueries({ queryKey: ["recovery", id] });
      return made;
    },
    revokeLink: async (linkId: string): Promise<void> => {
      await api.POST("/v1/links/{link_id}/revoke", { params: { path: { link_id: linkId } } });
      await client.invalidateQueries({ queryKey: ["recovery", id] });
    },
  };
}

/** What an act would do to many, and why it would not to some. */
export const previewBulk = (action: BulkAct, ids: string[]): Promise<Bulk> =>
  dataOf(api.POST("/v1/recoveries/bulk/preview", { body: { action, ids } }));

/** Does it. */
export const actInBulk = (action: BulkAct, ids: string[]): Promise<Bulk> =>
  dataOf(api.POST("/v1/recoveries/bulk", { body: { action, ids } }) as Promise<{ data?: Bulk }>);

import { compact, textParam, type Search } from "@/lib/search";

export type RulesSearch = {
  /** The rule that is open: its id, or "new". */
  rule?: string;
  code?: string;
  gateway?: string;
  reason?: string;
};

/** Reads the address; `?code=…&gateway=…` alone begins a rule of it. */
export function readSearch(search: Search): RulesSearch {
  const facts = compact({
    code: textParam(search.code),
    gateway: textParam(search.gateway),
    reason: textParam(search.reason),
  });
  const begun = Object.keys(facts).length > 0 ? "new" : undefined;
  return compact({ rule: textParam(search.rule) ?? begun, ...facts });
}

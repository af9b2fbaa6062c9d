import type { Category } from "@/lib/categories";

export const CONDITIONS = [
  "gateway",
  "failure_code",
  "failure_reason",
  "message_contains",
  "message_like",
  "network_decline_code",
  "network_advice_code",
  "payment_method_type",
  "currency",
  "min_amount",
  "max_amount",
  "country",
] as const;
export type Condition = (typeof CONDITIONS)[number];

export const RETRIES = ["retry_soon", "retry_later", "poll_status", "payer_action", "never"] as const;
export type Retry = (typeof RETRIES)[number];
export const METHODS = ["card", "upi", "netbanking", "wallet", "bank_debit"] as const;
export const KEPT = [
  "paid_already",
  "money_may_have_moved",
  "status_first",
  "hard",
  "never",
  "network_rule",
  "network_wait",
] as const;
export type Hardness = "soft" | "hard";

export type Match = Partial<Record<Condition, string | number>>;
export type Then = {
  category: Category;
  hardness: Hardness;
  reason?: string;
  retry?: Retry;
  recommendation?: string;
  cooldown_seconds?: number;
};

/** A rule while it is being written. */
export type RuleTerms = { id?: string; name: string; match: Match; then: Then };

/** Tells whether it can be tried at all; the API says what else is wrong. */
export function canBeTried(terms: RuleTerms): boolean {
  const values = Object.values(terms.match);
  const money = terms.match.min_amount !== undefined || terms.match.max_amount !== undefined;
  return (
    values.length > 0 &&
    values.every((value) => value !== "" && !Number.isNaN(value)) &&
    (!money || Boolean(terms.match.currency))
  );
}

/** The ids with one moved to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  const one = list[from];
  return one === undefined ? [...list] : [...rest.slice(0, to), one, ...rest.slice(to)];
}

import type { Schemas } from "@/lib/api";

import type { Asked, Attention, Cohort } from "./queries";

type Total = Schemas["TotalView"];

/** Below this many a rate says less than the counts do. */
export const FEW = 5;

/** The money of a total in one currency, in minor units. */
export function amountOf(total: Total, currency: string): number {
  return total.amounts.find((each) => each.currency === currency)?.amount ?? 0;
}

/** Relative change: 0.12 is 12 % more; null where there is nothing to compare with. */
export function changeOf(now: number, before: number | undefined): number | null {
  return before === undefined || before === 0 ? null : (now - before) / before;
}

/** Which recoveries a number is about, as the list's search parameters. */
export type Behind = {
  status?: "recovered" | "open" | "exhausted" | "cancelled";
  category?: string;
  gateway?: string;
};

/** The list behind a number of the cohort; there, as here, `to` is the day after the last one. */
export function listSearch({ from, to, currency }: Asked, behind: Behind = {}) {
  return { from, to, ...(currency === undefined ? {} : { currency }), ...behind };
}

/** What became of a cohort, in the order of its bar. */
export const FATES = [
  ["recovered", "recovered"],
  ["still_open", "open"],
  ["exhausted", "exhausted"],
  ["cancelled", "cancelled"],
] as const;

export type Fate = (typeof FATES)[number][0];

/** How many of a cohort came to what. */
export const countsOf = (cohort: Cohort) =>
  FATES.map(([name, status]) => ({ name, status, count: cohort[name].count }));

/** One thing that waits for a person. */
export type Waiting = { name: string; count: number; more: boolean };

/** What waits, with recoveries by their reason. */
export function waitingOf({ items }: Attention): Waiting[] {
  return items.flatMap(({ name, count, more, reasons }) => {
    if (name === "recoveries") {
      return Object.entries(reasons).map(([reason, many]) => ({ name: reason, count: many, more }));
    }
    return count > 0 ? [{ name, count, more }] : [];
  });
}

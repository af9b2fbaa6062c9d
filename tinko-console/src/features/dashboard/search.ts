import { useRouterState } from "@tanstack/react-router";

import { compact, countParam, dayParam, oneOf, textParam, type Search } from "@/lib/search";

/** How many days the offered periods have. */
export const PERIODS = [7, 30, 90] as const;
const USUAL = 30;
const A_DAY = 86_400_000;

/** What the dashboard shows; the days are the first and the last one, both included. */
export type DashboardSearch = {
  period?: number;
  from?: string;
  to?: string;
  currency?: string;
  compare?: "off";
  view?: "cohorts";
};

/** A period as the API takes it: `until` is the day after the last one. */
export type Period = { from: string; until: string; days: number; preset: number | null };
export type Step = "day" | "week" | "month";

/** Reads the URL's search parameters; what makes no sense is left out. */
export function readSearch(search: Search): DashboardSearch {
  const period = countParam(search.period);
  return compact({
    period: PERIODS.find((each) => each === period),
    from: dayParam(search.from),
    to: dayParam(search.to),
    currency: textParam(search.currency, 3)?.toUpperCase(),
    compare: oneOf(search.compare, ["off"]),
    view: oneOf(search.view, ["cohorts"]),
  });
}

/** The page's search parameters. */
export function useDashboardSearch(): DashboardSearch {
  return useRouterState({ select: ({ location }) => readSearch(location.search as Search) });
}

/** The same parameters but for some. */
export function without(search: DashboardSearch, ...names: (keyof DashboardSearch)[]): DashboardSearch {
  const kept = Object.entries(search).filter(([name]) => !(names as string[]).includes(name));
  return Object.fromEntries(kept);
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Moves a day. */
export const shift = (day: string, days: number): string => dayOf(Date.parse(day) + days * A_DAY);

/** The chosen days; rollups count days in UTC of the organization's time. */
export function periodOf({ from, to, period }: DashboardSearch, now: Date): Period {
  if (from !== undefined && to !== undefined && from <= to) {
    const until = shift(to, 1);
    return { from, until, days: Math.round((Date.parse(until) - Date.parse(from)) / A_DAY), preset: null };
  }
  const days = period ?? USUAL;
  const until = shift(dayOf(now.getTime()), 1);
  return { from: shift(until, -days), until, days, preset: days };
}

/** How long the steps of a chart are, so that it has at most some forty. */
export function stepOf({ days }: Period): Step {
  if (days <= 40) return "day";
  return days <= 280 ? "week" : "month";
}

import { CATEGORIES } from "@/lib/categories";
import { dayParam, compact, countParam, flagParam, oneOf, textParam, type Search } from "@/lib/search";

export const STATUSES = ["open", "recovered", "exhausted", "cancelled"] as const;
export const GATEWAYS = ["stripe", "razorpay", "paypal", "paymongo", "xendit", "sandbox"] as const;
export const CURRENCIES = [
  "INR",
  "PHP",
  "USD",
  "EUR",
  "GBP",
  "IDR",
  "JPY",
  "SGD",
  "MYR",
  "THB",
  "VND",
  "AED",
] as const;

const word = (value: unknown): string | undefined => {
  const text = textParam(value, 64);
  return text !== undefined && /^[\w.-]+$/.test(text) ? text : undefined;
};

/** What narrows the list, as it stands in the URL. Days are UTC, as in the dashboard; `to` is exclusive. */
export function readFilters(search: Search) {
  const currency = word(search.currency)?.toUpperCase();
  return compact({
    q: textParam(search.q),
    status: oneOf(search.status, STATUSES),
    category: oneOf(search.category, CATEGORIES),
    reason: word(search.reason),
    gateway: word(search.gateway),
    currency: currency !== undefined && /^[A-Z]{3}$/.test(currency) ? currency : undefined,
    min_amount: countParam(search.min_amount),
    max_amount: countParam(search.max_amount),
    needs_attention: flagParam(search.needs_attention),
    from: dayParam(search.from),
    to: dayParam(search.to),
  });
}

export type Filters = ReturnType<typeof readFilters>;
export type FilterName = keyof Filters;

/** A filter less; an amount means nothing without its currency. */
export function without(filters: Filters, ...names: FilterName[]): Filters {
  const gone = new Set<string>(names);
  if (gone.has("currency")) ["min_amount", "max_amount"].forEach((name) => gone.add(name));
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !gone.has(name)));
}

/** Filters as the API takes them. */
export function toQuery({ from, to, min_amount, max_amount, ...rest }: Filters) {
  const amounts = rest.currency === undefined ? {} : { min_amount, max_amount };
  return compact({
    ...rest,
    ...amounts,
    from: from === undefined ? undefined : `${from}T00:00:00Z`,
    to: to === undefined ? undefined : `${to}T00:00:00Z`,
  });
}

/** The address of the file with what the list shows. */
export function exportUrl(filters: Filters): string {
  const pairs = Object.entries(toQuery(filters)).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(pairs).toString();
  return `/v1/recoveries/export.csv${query === "" ? "" : `?${query}`}`;
}

/** Says whether two sets of filters show the same. */
export function sameFilters(one: Filters, other: Filters): boolean {
  const told = (filters: Filters) =>
    JSON.stringify(Object.entries(filters).sort(([a], [b]) => a.localeCompare(b)));
  return told(one) === told(other);
}

const DAY = 86_400_000;

/** The UTC day, some days before or after. */
export function dayAfter(day: string | Date, days: number): string {
  return new Date(new Date(day).getTime() + days * DAY).toISOString().slice(0, 10);
}

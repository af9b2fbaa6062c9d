import type { Schemas } from "@/lib/api";
import type { Category } from "@/lib/categories";

export const PARTS = ["settings", "history", "versions"] as const;
export const CHANNELS = ["email", "sms", "whatsapp"] as const;
export const STRATEGIES = ["backoff", "ladder"] as const;

export type Channel = (typeof CHANNELS)[number];
export type Strategy = (typeof STRATEGIES)[number];
export type Policy = Schemas["PolicyView"];

/** When charges are tried: what may differ between categories. */
export type Timing = {
  max_retries: number;
  strategy: Strategy;
  initial_delay_minutes: number;
  backoff_multiplier: number;
  max_delay_minutes: number;
  ladder_minutes: number[];
  jitter: number;
};

/** All that a policy says. */
export type Terms = Timing & {
  window_days: number;
  link_after_attempt: number | null;
  enabled_channels: Channel[];
  quiet_hours: { start: string; end: string } | null;
  quiet_weekends: boolean;
  notify_retry_scheduled: boolean;
  notify_card_expiring: boolean;
  by_category: Partial<Record<Category, Partial<Timing>>>;
};

export const TIMING_FIELDS = [
  "max_retries",
  "strategy",
  "initial_delay_minutes",
  "backoff_multiplier",
  "max_delay_minutes",
  "ladder_minutes",
  "jitter",
] as const;

export const FIELDS = [
  ...TIMING_FIELDS,
  "window_days",
  "link_after_attempt",
  "enabled_channels",
  "quiet_hours",
  "quiet_weekends",
  "notify_retry_scheduled",
  "notify_card_expiring",
  "by_category",
] as const;
export type FieldName = (typeof FIELDS)[number];

/** Reads a policy's terms from whatever holds them: the policy, a draft's or a version's settings. */
export function termsOf(settings: object): Terms {
  const known = settings as Terms;
  return Object.fromEntries(FIELDS.map((name) => [name, known[name]])) as Terms;
}

/** The same terms say the same, whatever order their fields came in. */
export function markOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a.localeCompare(b)))
      : inner,
  );
}

const A_YEAR = 525_600;
export const BOUNDS = {
  max_retries: [0, 50],
  initial_delay_minutes: [1, A_YEAR],
  backoff_multiplier: [1, 10],
  max_delay_minutes: [1, A_YEAR],
  jitter: [0, 0.5],
  window_days: [1, 365],
  link_after_attempt: [1, 50],
} as const;
const WHOLE = new Set(["max_retries", "initial_delay_minutes", "max_delay_minutes", "window_days"]);
const MOST_RUNGS = 50;

export type Mistake =
  { kind: "bounds"; least: number; most: number } | { kind: "cap" } | { kind: "rungs" } | { kind: "quiet" };

/** What is wrong, by JSON pointer without its first slash; the API says the same, later. */
export function mistakesOf(terms: Terms): ReadonlyMap<string, Mistake> {
  const found = new Map<string, Mistake>();
  timingMistakes(terms, "", found);
  bound(terms, "window_days", "", found);
  if (terms.link_after_attempt !== null) bound(terms, "link_after_attempt", "", found);
  if (terms.quiet_hours && terms.quiet_hours.start === terms.quiet_hours.end) {
    found.set("quiet_hours", { kind: "quiet" });
  }
  for (const [category, own] of Object.entries(terms.by_category)) {
    timingMistakes({ ...terms, ...own }, `by_category/${category}/`, found, Object.keys(own));
  }
  return found;
}

function bound(values: object, name: keyof typeof BOUNDS, at: string, found: Map<string, Mistake>): void {
  const [least, most] = BOUNDS[name];
  const value = (values as Record<string, unknown>)[name];
  const fits = typeof value === "number" && value >= least && value <= most;
  if (!fits || (WHOLE.has(name) && !Number.isInteger(value)))
    found.set(at + name, { kind: "bounds", least, most });
}

function timingMistakes(timing: Timing, at: string, found: Map<string, Mistake>, only?: string[]): void {
  const concerns = (name: string) => only === undefined || only.includes(name);
  for (const name of [
    "max_retries",
    "initial_delay_minutes",
    "backoff_multiplier",
    "max_delay_minutes",
    "jitter",
  ] as const) {
    if (concerns(name)) bound(timing, name, at, found);
  }
  const touchesCap = concerns("max_delay_minutes") || concerns("initial_delay_minutes");
  if (
    touchesCap &&
    !found.has(`${at}max_delay_minutes`) &&
    timing.max_delay_minutes < timing.initial_delay_minutes
  ) {
    found.set(`${at}max_delay_minutes`, { kind: "cap" });
  }
  const rungs = timing.ladder_minutes;
  const badRung = rungs.some((each) => !Number.isInteger(each) || each < 1 || each > A_YEAR);
  const isLadder = timing.strategy === "ladder";
  if (
    (concerns("ladder_minutes") || concerns("strategy")) &&
    isLadder &&
    (rungs.length === 0 || rungs.length > MOST_RUNGS || badRung)
  ) {
    found.set(`${at}ladder_minutes`, { kind: "rungs" });
  }
}

/** The delays that a policy's own timing makes, in minutes after the one before, without jitter. */
export function delaysOf(timing: Timing): number[] {
  const last = timing.ladder_minutes.length - 1;
  return Array.from({ length: Math.min(Math.max(timing.max_retries, 0), MOST_RUNGS) }, (_, n) =>
    timing.strategy === "ladder"
      ? (timing.ladder_minutes[Math.min(n, last)] ?? 0)
      : Math.min(timing.initial_delay_minutes * timing.backoff_multiplier ** n, timing.max_delay_minutes),
  );
}

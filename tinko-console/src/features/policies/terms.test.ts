import { describe, expect, it } from "vitest";

import { axisTo } from "./axis";
import { differencesOf } from "./changes";
import { delaysOf, markOf, mistakesOf, termsOf, type Terms } from "./terms";

const TERMS: Terms = {
  max_retries: 3,
  strategy: "backoff",
  initial_delay_minutes: 60,
  backoff_multiplier: 2,
  max_delay_minutes: 200,
  ladder_minutes: [],
  jitter: 0,
  window_days: 30,
  link_after_attempt: null,
  enabled_channels: ["email"],
  quiet_hours: null,
  quiet_weekends: true,
  notify_retry_scheduled: false,
  notify_card_expiring: false,
  by_category: {},
};
const wrong = (part: Partial<Terms>) => [...mistakesOf({ ...TERMS, ...part }).keys()];

describe("a policy's terms", () => {
  it("grow up to the longest delay, or follow the ladder and stay on its last rung", () => {
    expect(delaysOf(TERMS)).toEqual([60, 120, 200]);
    expect(delaysOf({ ...TERMS, strategy: "ladder", ladder_minutes: [5, 10] })).toEqual([5, 10, 10]);
    expect(delaysOf({ ...TERMS, max_retries: 0 })).toEqual([]);
  });

  it("are told apart whatever order their fields have", () => {
    const other = termsOf(Object.fromEntries(Object.entries(TERMS).reverse()));
    expect(markOf(other)).toBe(markOf(TERMS));
    expect(markOf({ ...TERMS, jitter: 0.1 })).not.toBe(markOf(TERMS));
  });

  it("name each mistake at its field", () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ max_retries: 51 })).toEqual(["max_retries"]);
    expect(wrong({ max_retries: NaN })).toEqual(["max_retries"]);
    expect(wrong({ max_delay_minutes: 30 })).toEqual(["max_delay_minutes"]);
    expect(wrong({ strategy: "ladder" })).toEqual(["ladder_minutes"]);
    expect(wrong({ link_after_attempt: 0 })).toEqual(["link_after_attempt"]);
    expect(wrong({ quiet_hours: { start: "09:00", end: "09:00" } })).toEqual(["quiet_hours"]);
    expect(wrong({ by_category: { funds: { max_retries: -1 } } })).toEqual(["by_category/funds/max_retries"]);
  });

  it("differ field by field, in order of their paths", () => {
    const next = { ...TERMS, window_days: 9, by_category: { funds: { max_retries: 1 } } };
    expect(differencesOf(TERMS, next)).toEqual([
      { path: "/by_category/funds/max_retries", before: null, after: 1 },
      { path: "/window_days", before: 30, after: 9 },
    ]);
  });
});

describe("the axis", () => {
  it("runs from the failure to beyond the last moment, and its ticks do not touch", () => {
    const axis = axisTo(30 * 86_400);
    expect(axis.at(0)).toBe(0);
    expect(axis.at(30 * 86_400)).toBeLessThan(100);
    const places = axis.ticks.map(axis.at);
    expect(places.every((at, index) => index === 0 || at - (places[index - 1] ?? 0) > 8)).toBe(true);
  });
});

import { describe, expect, it } from "vitest";

import { changeOf, listSearch, waitingOf } from "./figures";
import { periodOf, readSearch, stepOf } from "./search";

const NOW = new Date("2026-03-31T23:30:00Z");

describe("the period", () => {
  it("is the last thirty days, today included, where nothing is asked for", () => {
    expect(periodOf({}, NOW)).toEqual({ from: "2026-03-02", until: "2026-04-01", days: 30, preset: 30 });
  });

  it("includes the last day of chosen days", () => {
    const period = periodOf({ from: "2026-02-27", to: "2026-03-01" }, NOW);
    expect(period).toEqual({ from: "2026-02-27", until: "2026-03-02", days: 3, preset: null });
    expect(stepOf(period)).toBe("day");
  });

  it("is not believed where it ends before it begins", () => {
    expect(periodOf({ from: "2026-03-02", to: "2026-03-01", period: 7 }, NOW).preset).toBe(7);
  });

  it("leaves out of the URL what makes no sense", () => {
    expect(readSearch({ period: 31, from: "soon", currency: "inr", compare: "on", view: 1 })).toEqual({
      currency: "INR",
    });
  });
});

it("links to the recoveries of exactly the days that were counted", () => {
  const asked = { from: "2026-03-02", to: "2026-04-01", currency: "INR" };
  expect(listSearch(asked, { status: "recovered" })).toEqual({ ...asked, status: "recovered" });
});

it("compares with nothing where there was nothing", () => {
  expect([changeOf(3, 0), changeOf(3, undefined), changeOf(3, 2)]).toEqual([null, null, 0.5]);
});

it("tells recoveries by their reason, and what waits for nobody not at all", () => {
  const item = (name: string, count: number, reasons = {}) => ({
    name,
    count,
    more: false,
    reasons,
    list: null,
  });
  const waiting = waitingOf({
    count: 7,
    items: [
      item("recoveries", 4, { outcome_unknown: 3, disputed: 1 }),
      item("unknown_outcomes", 1),
      item("duplicate_charges", 2),
      item("psp_events_dead", 0),
    ],
  });
  expect(waiting.map(({ name, count }) => [name, count])).toEqual([
    ["outcome_unknown", 3],
    ["disputed", 1],
    ["unknown_outcomes", 1],
    ["duplicate_charges", 2],
  ]);
});

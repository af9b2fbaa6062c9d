import { describe, expect, it } from "vitest";

import { exportUrl, readFilters, sameFilters, toQuery, without } from "./filters";

describe("filters in the URL", () => {
  it("take what fits and leave out what somebody made up", () => {
    const read = readFilters({
      status: "open",
      category: "weather",
      currency: "inr",
      needs_attention: "true",
      min_amount: "500",
      from: "2026-02-31x",
      to: "2026-03-01",
      gateway: "<script>",
    });
    expect(read).toEqual({
      status: "open",
      currency: "INR",
      needs_attention: true,
      min_amount: 500,
      to: "2026-03-01",
    });
  });

  it("go to the API as UTC days, amounts only with their currency", () => {
    expect(toQuery({ from: "2026-03-01", min_amount: 500 })).toEqual({ from: "2026-03-01T00:00:00Z" });
    expect(toQuery({ currency: "INR", min_amount: 500 })).toEqual({ currency: "INR", min_amount: 500 });
  });

  it("lose the amounts together with the currency", () => {
    expect(without({ currency: "INR", min_amount: 1, max_amount: 2, status: "open" }, "currency")).toEqual({
      status: "open",
    });
  });

  it("make the address of the file", () => {
    expect(exportUrl({})).toBe("/v1/recoveries/export.csv");
    expect(exportUrl({ q: "a b", status: "open" })).toBe("/v1/recoveries/export.csv?q=a+b&status=open");
  });

  it("are the same in any order", () => {
    expect(sameFilters({ q: "a", status: "open" }, { status: "open", q: "a" })).toBe(true);
    expect(sameFilters({ q: "a" }, {})).toBe(false);
  });
});

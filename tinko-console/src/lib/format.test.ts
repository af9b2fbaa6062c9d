import { describe, expect, it } from "vitest";

import { decimalOf, formatDuration, formatMoney, minorOf } from "./format";

describe("money", () => {
  it("is the exact decimal by the currency's exponent", () => {
    expect(decimalOf(5_000, "INR")).toBe("50.00");
    expect(decimalOf(5, "USD")).toBe("0.05");
    expect(decimalOf(5_000, "JPY")).toBe("5000");
    expect(decimalOf(1_234, "BHD")).toBe("1.234");
    expect(decimalOf(-5, "USD")).toBe("-0.05");
  });

  it("is grouped by lakh for rupees", () => {
    expect(formatMoney(12_345_678, "INR", "en")).toBe("₹1,23,456.78");
  });

  it("is read from what somebody typed, and refused where it is finer than the currency", () => {
    expect(minorOf("1,234.5", "USD")).toBe(123_450);
    expect(minorOf("12.345", "USD")).toBeNull();
    expect(minorOf("12.5", "JPY")).toBeNull();
    expect(minorOf("abc", "USD")).toBeNull();
  });
});

describe("a length of time", () => {
  it("has at most two units", () => {
    expect(formatDuration(2 * 86_400 + 3 * 3_600 + 59, "en")).toBe("2d 3h");
    expect(formatDuration(0, "en")).toBe("0s");
  });
});

import { describe, expect, it } from "vitest";

import { changesOf } from "./audit";
import { contrast, movedAway, paletteOn, readColor, textOn } from "./colors";
import { deviceOf } from "./device";
import { manages } from "./roles";

describe("a merchant's colour", () => {
  it("is read with and without its sign, and nothing else is", () => {
    expect(readColor(" 0B57D0 ")).toBe("#0b57d0");
    expect(readColor("#0b57d")).toBeNull();
    expect(readColor("blue")).toBeNull();
  });

  it("carries white where that is legible and black where it is not", () => {
    expect(textOn("#0b57d0")).toBe("#ffffff");
    expect(textOn("#ffe14d")).toBe("#000000");
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  });

  it("moves away from the card by as little as is needed", () => {
    expect(movedAway("#0b57d0", "#ffffff", 3)).toBe("#0b57d0");
    const edge = paletteOn("#ffe14d", "#ffffff").edge;
    expect(edge).not.toBe("#ffe14d");
    expect(contrast(edge, "#ffffff")).toBeGreaterThanOrEqual(3);
  });
});

describe("what a deed changed", () => {
  it("tells new, gone and changed from what stayed, which comes last", () => {
    const changes = changesOf({ a: 1, b: 2, c: [1] }, { a: 1, c: [2], d: null });
    expect(changes.map(({ name, kind }) => [name, kind])).toEqual([
      ["b", "removed"],
      ["c", "changed"],
      ["d", "added"],
      ["a", "same"],
    ]);
  });

  it("is nothing where neither side is known", () => {
    expect(changesOf(null, null)).toEqual([]);
  });
});

it("lets an admin manage everybody but owners, and an operator nobody", () => {
  expect(manages("owner", "owner")).toBe(true);
  expect(manages("admin", "owner")).toBe(false);
  expect(manages("admin", "admin")).toBe(true);
  expect(manages("operator", "analyst")).toBe(false);
  expect(manages(null, "analyst")).toBe(false);
});

it("names a browser and its system, or neither", () => {
  const chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";
  expect(deviceOf(chrome)).toEqual({ browser: "Chrome", system: "Android" });
  expect(deviceOf("curl/8.5")).toBeNull();
  expect(deviceOf(null)).toBeNull();
});

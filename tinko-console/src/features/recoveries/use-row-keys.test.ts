import { describe, expect, it } from "vitest";

import { selectedAfter } from "./use-row-keys";

const ids = ["a", "b", "c", "d"];

describe("selecting rows", () => {
  it("takes the whole stretch with shift, in either direction", () => {
    const first = selectedAfter(new Set(), new Set(["d"]), { ids, anchor: null, shift: false });
    expect(first).toEqual({ selected: new Set(["d"]), anchor: "d" });
    const then = selectedAfter(first.selected, new Set(["d", "b"]), {
      ids,
      anchor: first.anchor,
      shift: true,
    });
    expect([...then.selected].sort()).toEqual(["b", "c", "d"]);
  });

  it("drops the whole stretch with shift where the last click dropped", () => {
    const all = new Set(ids);
    const after = selectedAfter(all, new Set(["a", "b", "d"]), { ids, anchor: "a", shift: true });
    expect([...after.selected]).toEqual(["d"]);
  });

  it("forgets where it began when all are selected at once", () => {
    const all = selectedAfter(new Set(["a"]), new Set(ids), { ids, anchor: "a", shift: true });
    expect(all).toEqual({ selected: new Set(ids), anchor: null });
  });
});

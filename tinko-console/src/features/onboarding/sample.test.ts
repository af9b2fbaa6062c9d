import { expect, it } from "vitest";

import { curlOf, sampleFailure } from "./sample";
import { after, placeOf, readSearch } from "./search";

it("asks for 499 of the currency, whatever its minor unit is", () => {
  expect(sampleFailure("first-1", "INR").amount).toBe(49_900);
  expect(sampleFailure("first-1", "JPY").amount).toBe(499);
});

it("makes a command that sends the same report with the key", () => {
  const failure = sampleFailure("first-1", "INR");
  const command = curlOf(failure, "https://tinko.test", "tk_test_x");
  expect(command).toContain("curl https://tinko.test/v1/events/payment_failed");
  expect(command).toContain("Authorization: Bearer tk_test_x");
  expect(JSON.parse(/-d '([^']+)'/.exec(command)?.[1] ?? "")).toEqual(failure);
});

it("goes on where something is left", () => {
  const step = (name: "organization" | "psp" | "policy", done: boolean) => ({ name, done });
  expect(placeOf([step("organization", true), step("psp", false), step("policy", false)])).toBe("psp");
  expect(placeOf([step("organization", true)])).toBe("done");
  expect([after("psp"), after("policy")]).toEqual(["first_event", "done"]);
  expect(readSearch({ step: "elsewhere", recovery: "rec_1" })).toEqual({ recovery: "rec_1" });
});

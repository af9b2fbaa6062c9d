import { describe, expect, it } from "vitest";

import { aRecovery, anAttempt } from "./factory";
import { situationOf } from "./situation";

const NOW = new Date("2026-03-02T09:00:00Z");
const LATER = "2026-03-03T09:00:00Z";

describe("where a recovery stands", () => {
  it("is an unknown outcome before everything else, with the time of the next question", () => {
    const recovery = aRecovery({
      paused: true,
      attempts: [anAttempt({ status: "unknown" })],
      timeline: [
        {
          id: "tml_1",
          at: LATER,
          what: "outcome_unknown",
          who: "tinko",
          why: "",
          facts: { attempt_id: "att_1", next_check_at: LATER },
        },
      ],
    });
    expect(situationOf(recovery, NOW)).toEqual({ kind: "unknown", at: LATER });
  });

  it("is for a person once nobody asks any more", () => {
    const recovery = aRecovery({ attempts: [anAttempt({ status: "unknown" })] });
    expect(situationOf(recovery, NOW)).toEqual({ kind: "unknownForPerson", at: null });
  });

  it("waits for the next retry, or for the payer who was asked", () => {
    const retry = aRecovery({ next_attempt_at: LATER, next_attempt_kind: "charge" });
    expect(situationOf(retry, NOW)).toEqual({ kind: "retryWaits", at: LATER });
    const asked = aRecovery({ next_attempt_at: "2026-03-01T10:00:00Z", next_attempt_kind: "link" });
    expect(situationOf(asked, NOW)).toEqual({ kind: "asked", at: "2026-03-01T10:00:00Z" });
  });

  it("says that nothing is planned, and that it is paused", () => {
    expect(situationOf(aRecovery(), NOW).kind).toBe("idle");
    expect(situationOf(aRecovery({ paused: true, next_attempt_at: LATER }), NOW).kind).toBe("paused");
  });

  it("tells who paid", () => {
    const paid = { status: "recovered", ended_at: LATER } as const;
    expect(situationOf(aRecovery({ ...paid, recovered_via: "retry" }), NOW).kind).toBe("recoveredByRetry");
    expect(situationOf(aRecovery({ ...paid, recovered_via: "external" }), NOW).kind).toBe(
      "recoveredElsewhere",
    );
  });
});

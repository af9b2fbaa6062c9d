import type { Detail } from "./queries";

/** Where a recovery stands, so that one sentence can say it; `at` is the moment that the sentence is about. */
export type Situation = {
  kind:
    | "recoveredByRetry"
    | "recoveredByPayer"
    | "recoveredElsewhere"
    | "exhausted"
    | "cancelled"
    | "unknown"
    | "unknownForPerson"
    | "running"
    | "pageOpen"
    | "paused"
    | "held"
    | "retryWaits"
    | "retryDue"
    | "askWaits"
    | "asked"
    | "idle";
  at: string | null;
};

const RECOVERED: Partial<Record<string, Situation["kind"]>> = {
  retry: "recoveredByRetry",
  payer_link: "recoveredByPayer",
};

/** When the provider is asked next about a charge with an unknown outcome; null if nobody asks by itself. */
export function nextCheckAt({ attempts, timeline }: Pick<Detail, "attempts" | "timeline">): string | null {
  const unknown = attempts.find((attempt) => attempt.status === "unknown");
  const told = timeline.findLast(
    ({ what, facts }) =>
      (what === "outcome_unknown" || what === "outcome_checked") && facts.attempt_id === unknown?.id,
  );
  if (told === undefined) return null;
  if (told.what === "outcome_checked") return told.at;
  return typeof told.facts.next_check_at === "string" ? told.facts.next_check_at : null;
}

const askedAt = ({ notifications, links }: Detail): string | null =>
  notifications.findLast((message) => message.sent_at !== null)?.sent_at ?? links.at(-1)?.created_at ?? null;

function ended(recovery: Detail): Situation | null {
  const at = recovery.ended_at;
  if (recovery.status === "recovered") {
    return { kind: RECOVERED[recovery.recovered_via ?? ""] ?? "recoveredElsewhere", at };
  }
  if (recovery.status === "exhausted" || recovery.status === "cancelled")
    return { kind: recovery.status, at };
  return null;
}

function underWay(recovery: Detail): Situation | null {
  const has = (status: string) => recovery.attempts.some((attempt) => attempt.status === status);
  if (has("unknown")) {
    const at = nextCheckAt(recovery);
    return { kind: at === null ? "unknownForPerson" : "unknown", at };
  }
  if (has("executing")) return { kind: "running", at: null };
  return has("awaiting_payer") ? { kind: "pageOpen", at: null } : null;
}

function waiting(recovery: Detail, now: Date): Situation {
  const { next_attempt_at: at, next_attempt_kind: kind, held_until: held } = recovery;
  if (recovery.paused) return { kind: "paused", at: null };
  if (held !== null && new Date(held) > now) return { kind: "held", at: held };
  if (at === null) return { kind: "idle", at: null };
  const later = new Date(at) > now;
  if (kind === "charge") return { kind: later ? "retryWaits" : "retryDue", at };
  return later ? { kind: "askWaits", at } : { kind: "asked", at: askedAt(recovery) ?? at };
}

/** Says where a recovery stands: what is over, what is under way, what it waits for. */
export const situationOf = (recovery: Detail, now: Date): Situation =>
  underWay(recovery) ?? ended(recovery) ?? waiting(recovery, now);

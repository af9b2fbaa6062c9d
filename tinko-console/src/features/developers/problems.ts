/** The codes whose meaning the console says in the reader's language; others are explained by their status. */
export const EXPLAINED = [
  "malformed_json",
  "invalid",
  "unauthenticated",
  "api_key_invalid",
  "api_key_ended",
  "permission_missing",
  "not_found",
  "conflict",
  "idempotency_key_reused",
  "idempotency_in_progress",
  "too_large",
  "unsupported_media_type",
  "rate_limited",
  "csrf_failed",
  "unavailable",
  "internal_error",
] as const;
export type Explained = (typeof EXPLAINED)[number];

const OF_STATUS: Readonly<Record<number, Explained>> = {
  400: "malformed_json",
  401: "unauthenticated",
  403: "permission_missing",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  415: "unsupported_media_type",
  422: "invalid",
  429: "rate_limited",
  500: "internal_error",
  503: "unavailable",
};

/** What explains an answer: its code, or else its status; null for an answer that is no error. */
export function explanationOf(status: number, code: string | null): Explained | null {
  if (status < 400) return null;
  return (
    EXPLAINED.find((each) => each === code) ??
    OF_STATUS[status] ??
    (status < 500 ? "invalid" : "internal_error")
  );
}

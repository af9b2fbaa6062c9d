/** The six coarse classes of failures. */
export const CATEGORIES = [
  "funds",
  "issuer_decline",
  "network",
  "auth_timeout",
  "upi_pending",
  "unknown",
] as const;
export type Category = (typeof CATEGORIES)[number];

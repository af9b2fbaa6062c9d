import type { Detail, Link } from "./queries";

export type LinkState = "paid" | "revoked" | "superseded" | "expired" | "ended" | "opened" | "valid";

/** What has become of a link; money before everything else, as its page shows it. */
export function linkStateOf(link: Link, status: Detail["status"], now: Date): LinkState {
  if (link.used_at !== null) return "paid";
  if (link.revoked_at !== null) return "revoked";
  if (link.superseded_at !== null) return "superseded";
  if (status !== "open") return "ended";
  if (new Date(link.expires_at) <= now) return "expired";
  return link.opened_at === null ? "valid" : "opened";
}

import type { Role } from "@/lib/session";

export const ROLES = ["owner", "admin", "operator", "analyst"] as const satisfies readonly Role[];

/** Whom a role may invite, change and remove: an admin makes no owners. */
export function manages(role: Role | null, other: Role): boolean {
  if (role === "owner") return true;
  return role === "admin" && other !== "owner";
}

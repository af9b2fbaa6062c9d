import type { Me, Organization, Role } from "@/lib/session";

const ALL: Record<Role, readonly string[]> = {
  owner: ["recoveries:read", "recoveries:write", "analytics:read", "members:read", "organization:write"],
  admin: ["recoveries:read", "recoveries:write", "analytics:read", "members:read"],
  operator: ["recoveries:read", "recoveries:write", "analytics:read"],
  analyst: ["recoveries:read", "analytics:read"],
};

/** Somebody who is signed in; `permissions` are examples, the API knows them all. */
export function aPerson(role: Role = "owner", organization: Partial<Organization> = {}): Me {
  const here: Organization = {
    id: "org_live",
    pair_id: "pair_1",
    mode: "live",
    name: "Kaveri Books",
    country: "IN",
    currency: "INR",
    role,
    clock_offset_seconds: 0,
    display_name: null,
    brand_color: null,
    brand_text_color: null,
    brand_contrast: null,
    logo_url: null,
    created_at: "2026-01-05T08:00:00Z",
    ...organization,
  };
  return {
    user: { id: "usr_1", email: "asha@kaveri.example", full_name: "Asha Menon", created_at: here.created_at },
    organization: here,
    organizations: [here],
    mode: here.mode,
    permissions: [...ALL[role]],
    totp_enabled: false,
  };
}

/** An answer that refuses. */
export function refusal(
  status: number,
  code: string,
  more: object = {},
  headers: Record<string, string> = {},
) {
  return new Response(
    JSON.stringify({ status, code, title: code, detail: `Refused: ${code}.`, request_id: "req_1", ...more }),
    { status, headers: { "Content-Type": "application/problem+json", ...headers } },
  );
}

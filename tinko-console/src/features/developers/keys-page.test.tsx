import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Me } from "@/lib/session";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { KeysPage } from "./keys-page";
import { explanationOf } from "./problems";
import { scopesOf, toggled } from "./scopes";

const me = (...permissions: string[]) =>
  ({
    user: { id: "usr_1", email: "a@example.com", full_name: "Asha", created_at: "2026-01-01T00:00:00Z" },
    organization: { id: "org_1", mode: "live", clock_offset_seconds: 0 },
    organizations: [],
    mode: "live",
    permissions,
    totp_enabled: false,
  }) as unknown as Me;

const key = {
  id: "key_1",
  name: "Billing",
  hint: "abcd",
  scopes: ["*"],
  created_by: "usr_1",
  created_at: "2026-01-01T00:00:00Z",
  last_used_at: null,
  expires_at: null,
  revoked_at: null,
};
const list = (...items: object[]) =>
  server.use(http.get("*/v1/api_keys", () => HttpResponse.json({ items, next_cursor: null })));

describe("the page of API keys", () => {
  it("says live, and that a first key is to be made", async () => {
    list();
    renderWith(<KeysPage />, { me: me("api_keys:write") });
    expect(await screen.findByText("No keys yet")).toBeVisible();
    expect(screen.getByText(/moves real money/)).toBeVisible();
  });

  it("shows what the API refused, with its request id", async () => {
    const problem = { code: "forbidden", detail: "Not for you.", status: 403, request_id: "req_9" };
    server.use(http.get("*/v1/api_keys", () => HttpResponse.json(problem, { status: 403 })));
    renderWith(<KeysPage />, { me: me("api_keys:write") });
    expect(await screen.findByText("Not for you.")).toBeVisible();
    expect(screen.getByText("req_9")).toBeVisible();
  });

  it("lets nobody create a key whose role may not", async () => {
    list(key);
    renderWith(<KeysPage />, { me: me("api_keys:read") });
    expect(await screen.findByText("Billing")).toBeVisible();
    expect(screen.getByRole("button", { name: "Create a key" })).toBeDisabled();
  });

  it("says before revoking that the key was never used, and revokes it once", async () => {
    list(key);
    let revoked = 0;
    server.use(
      http.delete("*/v1/api_keys/key_1", () => {
        revoked += 1;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    renderWith(<KeysPage />, { me: me("api_keys:write") });
    await userEvent.click(await screen.findByRole("button", { name: "What to do with Billing" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Revoke…" }));
    expect(await screen.findByText(/never used/)).toBeVisible();
    expect(revoked).toBe(0);
    await userEvent.click(screen.getByRole("button", { name: "Revoke…" }));
    await expect.poll(() => revoked).toBe(1);
  });
});

it("gives a key that only reads no payers' contacts", () => {
  expect(scopesOf("all", [])).toEqual(["*"]);
  expect(scopesOf("read", [])).toContain("recoveries:read");
  expect(scopesOf("read", [])).not.toContain("contacts:read");
});

it("reads wherever it writes", () => {
  expect(toggled([], "rules", "write", true)).toEqual(["rules:write", "rules:read"]);
  expect(toggled(["rules:write", "rules:read"], "rules", "read", false)).toEqual([]);
});

it("explains an error by its code, else by its status, and a success not at all", () => {
  expect(explanationOf(422, "idempotency_key_reused")).toBe("idempotency_key_reused");
  expect(explanationOf(403, "live_organization")).toBe("permission_missing");
  expect(explanationOf(500, null)).toBe("internal_error");
  expect(explanationOf(201, null)).toBeNull();
});

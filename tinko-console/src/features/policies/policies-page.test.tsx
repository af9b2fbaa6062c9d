import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Me } from "@/lib/session";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { PoliciesPage } from "./policies-page";

const policy = (id: string, more: object = {}) => ({
  id,
  name: `Policy ${id}`,
  version: 1,
  is_active: false,
  has_draft: false,
  max_retries: 3,
  initial_delay_minutes: 60,
  backoff_multiplier: 2,
  max_delay_minutes: 1440,
  window_days: 30,
  jitter: 0,
  strategy: "backoff",
  ladder_minutes: [],
  link_after_attempt: null,
  enabled_channels: ["email"],
  quiet_hours: null,
  quiet_weekends: true,
  notify_retry_scheduled: false,
  notify_card_expiring: false,
  by_category: {},
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  ...more,
});
const someone = (...permissions: string[]) =>
  ({ permissions, organization: {}, user: {}, role: "owner" }) as unknown as Me;
const listing = (items: object[]) => HttpResponse.json({ items, next_cursor: null });
const answer = (items: object[]) =>
  server.use(
    http.get("*/v1/retry/policies", () => listing(items)),
    http.get("*/v1/retry/policies/:id/use", () => HttpResponse.json({ open: 231, versions: [] })),
  );

describe("the policies", () => {
  it("show the active one with what it does and what is in its hands", async () => {
    answer([policy("b", { is_active: true, version: 3 }), policy("a", { has_draft: true })]);
    renderWith(<PoliciesPage />, { me: someone("policies:read", "policies:write") });
    expect(await screen.findByRole("heading", { name: "Policy b" })).toBeVisible();
    expect(screen.getByText("Version 3")).toBeVisible();
    expect(screen.getAllByText("3 retries: after 1h, 2h, 4h")).toHaveLength(2);
    expect(await screen.findByText("231 open recoveries")).toBeVisible();
    expect(screen.getByRole("link", { name: "Policy a" })).toHaveAttribute("href", "/policies/a");
    expect(screen.getByText("Draft not published")).toBeVisible();
  });

  it("are only shown to who may not change them", async () => {
    answer([policy("b", { is_active: true })]);
    renderWith(<PoliciesPage />, { me: someone("policies:read") });
    expect(await screen.findByText("There is only the active one.", { exact: false })).toBeVisible();
    expect(screen.getByRole("button", { name: "New policy" })).toBeDisabled();
    expect(screen.getByText("Owners and admins change them.", { exact: false })).toBeVisible();
  });

  it("say what went wrong, with the request's id", async () => {
    server.use(
      http.get("*/v1/retry/policies", () =>
        HttpResponse.json(
          { status: 403, code: "forbidden", title: "Forbidden", detail: "Not for you.", request_id: "req-1" },
          { status: 403 },
        ),
      ),
    );
    renderWith(<PoliciesPage />, { me: someone("policies:read") });
    expect(await screen.findByText("Not for you.")).toBeVisible();
    expect(screen.getByText("req-1")).toBeVisible();
  });
});

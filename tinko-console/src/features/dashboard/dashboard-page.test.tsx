import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";

import type { Me } from "@/lib/session";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { DashboardPage } from "./dashboard-page";

const ME = {
  user: { id: "usr_1", email: "asha@example.com", full_name: "Asha", created_at: "2026-01-01T00:00:00Z" },
  organization: { id: "org_1", mode: "test", name: "Asha Foods", currency: "INR", clock_offset_seconds: 0 },
  organizations: [],
  permissions: ["analytics:read"],
} as unknown as Me;

const total = (count: number, amount: number) => ({
  count,
  amounts: count === 0 ? [] : [{ currency: "INR", amount }],
});
const NONE = total(0, 0);
const cohort = (failed: number, recovered: number, open: number) => ({
  failed: total(failed, failed * 49_900),
  recovered: total(recovered, recovered * 49_900),
  still_open: total(open, open * 49_900),
  exhausted: total(failed - recovered - open, 49_900),
  cancelled: NONE,
  recovery_rate: failed === 0 ? null : recovered / failed,
  still_open_rate: failed === 0 ? null : open / failed,
  settled_recovery_rate: null,
});
const income = (received: ReturnType<typeof total>) => ({
  received,
  external: NONE,
  refunded: NONE,
  disputed: NONE,
  duplicates: NONE,
  duplicates_returned: NONE,
});
const DAYS = { currency: "INR", from: "2026-03-02", to: "2026-04-01" };
const kpis = (failed: number, recovered: number, open: number, currencies = ["INR"]) => ({
  ...DAYS,
  currencies,
  figures: {
    cohort: cohort(failed, recovered, open),
    reports: NONE,
    income: income(total(recovered, recovered * 49_900)),
    time_to_recover: { count: 0, median_seconds: null, buckets: [] },
    funnel: [],
  },
  previous: null,
  lists: {},
});
const STEPS = { steps: [{ name: "organization", done: true, at: null, choice: null }], dismissed: true };

beforeEach(() => {
  server.use(
    http.get("*/v1/analytics/attention", () => HttpResponse.json({ count: 0, items: [] })),
    http.get("*/v1/analytics/timeseries", () => HttpResponse.json({ ...DAYS, group_by: "day", points: [] })),
    http.get("*/v1/analytics/recovery-rate", () =>
      HttpResponse.json({ ...DAYS, group_by: "category", total: cohort(0, 0, 0), groups: [], lists: {} }),
    ),
    http.get("*/v1/onboarding", () => HttpResponse.json(STEPS)),
  );
});

const answerWith = (body: object) =>
  server.use(http.get("*/v1/analytics/kpis", () => HttpResponse.json(body)));

it("shows what came back and what is still open, and leads to the lists", async () => {
  answerWith(kpis(1200, 700, 100));
  renderWith(<DashboardPage />, { me: ME });
  expect(await screen.findByText("₹3,49,300.00")).toBeVisible();
  expect(screen.getByText("58.3%")).toBeVisible();
  expect(screen.getByText("8.3% is still open and may yet come back")).toBeVisible();
  const open = screen.getByRole("link", { name: "Still open 100" });
  expect(open.getAttribute("href")).toMatch(/^\/recoveries\?from=.*&status=open$/);
  expect(await screen.findByText("Nothing needs you")).toBeVisible();
});

it("counts instead of a percentage while there are few", async () => {
  answerWith(kpis(1, 1, 0));
  renderWith(<DashboardPage />, { me: ME });
  expect(await screen.findByText("1 of 1")).toBeVisible();
  expect(screen.queryByText("100%")).toBeNull();
});

it("shows the way to the first recovery instead of zeros", async () => {
  answerWith(kpis(0, 0, 0, []));
  renderWith(<DashboardPage />, { me: ME });
  expect(await screen.findByText("See your first payment come back")).toBeVisible();
  expect(screen.getByRole("link", { name: "Start" })).toHaveAttribute("href", "/onboarding");
  expect(screen.queryByText("₹0.00")).toBeNull();
});

it("says what went wrong, with the request's id", async () => {
  server.use(
    http.get("*/v1/analytics/kpis", () =>
      HttpResponse.json(
        {
          status: 422,
          code: "period_invalid",
          detail: "A period is no longer than three years.",
          request_id: "req_7",
        },
        { status: 422 },
      ),
    ),
  );
  renderWith(<DashboardPage />, { me: ME });
  const alert = await screen.findByRole("alert");
  expect(within(alert).getByText("A period is no longer than three years.")).toBeVisible();
  expect(within(alert).getByText("req_7")).toBeVisible();
});

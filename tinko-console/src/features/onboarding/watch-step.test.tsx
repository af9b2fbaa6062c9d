import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";

import type { Me } from "@/lib/session";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { WatchStep } from "./watch-step";

const meWith = (...permissions: string[]) =>
  ({
    user: { id: "usr_1" },
    organization: { id: "org_1", mode: "test", currency: "INR", clock_offset_seconds: 0 },
    organizations: [],
    permissions,
  }) as unknown as Me;

const OPENED = "2026-03-31T10:00:00Z";
const attempt = (id: string, status: string) => ({ id, kind: "charge", status, finished_at: OPENED });
const recovery = (status: string) => ({
  id: "rec_1",
  status,
  amount: 49_900,
  currency: "INR",
  opened_at: OPENED,
  ended_at: status === "open" ? null : "2026-03-31T17:00:00Z",
  next_attempt_at: status === "open" ? new Date(Date.now() + 3_600_000).toISOString() : null,
  next_attempt_kind: status === "open" ? "charge" : null,
  attempts: [attempt("att_1", "declined"), attempt("att_2", "declined"), attempt("att_3", "succeeded")],
  timeline: [
    { id: "evt_1", at: OPENED, what: "recovery_opened", who: "merchant", why: "Not enough.", facts: {} },
  ],
});

function serve(first: string) {
  let status = first;
  const advanced: number[] = [];
  server.use(
    http.get("*/v1/recoveries", () => HttpResponse.json({ items: [{ id: "rec_1" }], next_cursor: null })),
    http.get("*/v1/recoveries/rec_1", () => HttpResponse.json(recovery(status))),
    http.get("*/v1/auth/me", () => HttpResponse.json(meWith("test_clock:write"))),
    http.post("*/v1/test/clock/advance", async ({ request }) => {
      advanced.push(((await request.json()) as { seconds: number }).seconds);
      status = "recovered";
      return HttpResponse.json({ now: OPENED, offset_seconds: 1, advancing_to: null });
    }),
  );
  return advanced;
}

it("lets time pass until the next step, and celebrates what came back", async () => {
  const advanced = serve("open");
  renderWith(<WatchStep />, { me: meWith("test_clock:write") });
  await userEvent.click(await screen.findByRole("button", { name: "Go to the next step" }));
  expect(await screen.findByText("₹499.00 came back")).toBeVisible();
  expect(screen.getByText("It took 3 tries, 7h after the failure. Nobody had to do anything.")).toBeVisible();
  expect(advanced).toHaveLength(1);
  expect(Math.abs((advanced[0] ?? 0) - 3_600)).toBeLessThan(40);
});

it("does not offer the clock to who may not move it, and says who may", async () => {
  const advanced = serve("open");
  renderWith(<WatchStep />, { me: meWith("recoveries:read") });
  expect(await screen.findByRole("button", { name: "Advance 1 day" })).toBeDisabled();
  expect(screen.getByText(/Your role cannot move the test clock/)).toBeVisible();
  expect(advanced).toEqual([]);
});

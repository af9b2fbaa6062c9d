import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";

import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { aRecovery, someone } from "./factory";
import { RecoveryList } from "./recovery-list";
import { actInBulk } from "./acts";

const answering = (items: object[], count = items.length, exact = true) =>
  server.use(
    http.get("*/v1/recoveries", () => HttpResponse.json({ items, next_cursor: null })),
    http.get("*/v1/recoveries/count", ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.has("from")
          ? { count: 3, exact: true, shown: "3" }
          : { count, exact, shown: "" },
      ),
    ),
    http.get("*/v1/saved_views", () => HttpResponse.json({ items: [], next_cursor: null })),
  );

const draw = (...permissions: string[]) => {
  const onChange = vi.fn();
  renderWith(<RecoveryList filters={{}} onChange={onChange} />, { me: someone(...permissions) });
  return onChange;
};

describe("the list of recoveries", () => {
  it("says what to do while there are none", async () => {
    answering([]);
    draw("recoveries:read", "recoveries:write");
    expect(await screen.findByText("No recoveries yet")).toBeVisible();
    expect(screen.getByRole("link", { name: "Send a first failure" })).toBeVisible();
  });

  it("counts only to ten thousand, and tells of new ones without pushing them in", async () => {
    answering([aRecovery()], 10_000, false);
    draw("recoveries:read");
    expect(await screen.findByText("10,000+ recoveries")).toBeVisible();
    expect(await screen.findByRole("button", { name: "3 new recoveries: show" })).toBeVisible();
    expect(screen.getAllByRole("row")).toHaveLength(2);
  });

  it("lets nobody select who may not act", async () => {
    answering([aRecovery()]);
    draw("recoveries:read");
    expect(await screen.findByText("There was not enough money")).toBeVisible();
    expect(screen.queryByRole("checkbox")).toBeNull();
  });

  it("tells what went wrong, with the request's id", async () => {
    answering([]);
    server.use(
      http.get("*/v1/recoveries", () =>
        HttpResponse.json(
          { status: 403, code: "forbidden", detail: "Not you.", request_id: "req_7" },
          { status: 403 },
        ),
      ),
    );
    draw("recoveries:read");
    expect(await screen.findByText("Not you.")).toBeVisible();
    expect(screen.getByText("req_7")).toBeVisible();
    expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
  });

  it("looks before it acts on many, and acts only on those that can", async () => {
    answering([aRecovery(), aRecovery({ id: "rec_2", transaction_ref: "inv-2" })]);
    const asked: unknown[] = [];
    server.use(
      http.post("*/v1/recoveries/bulk/preview", () =>
        HttpResponse.json({
          action: "cancel",
          allowed: 1,
          refused: [{ rule: "illegal_transition", reason: "Ended.", count: 1 }],
          money: [{ currency: "INR", amount: 112_500 }],
          items: [
            { id: "rec_1", allowed: true, reason: null, rule: null },
            { id: "rec_2", allowed: false, reason: "Ended.", rule: "illegal_transition" },
          ],
        }),
      ),
      http.post("*/v1/recoveries/bulk", async ({ request }) => {
        asked.push(await request.json());
        return HttpResponse.json({
          action: "cancel",
          allowed: 1,
          refused: [],
          money: [],
          items: [{ id: "rec_1", allowed: true, reason: null, rule: null }],
        });
      }),
    );
    draw("recoveries:read", "recoveries:write");
    const user = userEvent.setup();
    await user.click(await screen.findByRole("checkbox", { name: "Select all shown" }));
    await user.click(screen.getByRole("button", { name: "Cancel recovery" }));
    expect(await screen.findByText("1 can be cancelled")).toBeVisible();
    expect(screen.getByText(/The recovery has ended/)).toBeVisible();
    expect(asked).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Cancel 1 for good" }));
    await vi.waitFor(() => expect(asked).toEqual([{ action: "cancel", ids: ["rec_1"] }]));
  });
});

it("does nothing to nobody when the API refuses a bulk act", async () => {
  server.use(
    http.post("*/v1/recoveries/bulk", () =>
      HttpResponse.json(
        { status: 503, code: "unavailable", detail: "Other such calls are running." },
        { status: 503 },
      ),
    ),
  );
  await expect(actInBulk("pause", ["rec_1"])).rejects.toMatchObject({ code: "unavailable" });
});

import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import type { Me } from "@/lib/session";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { idOf, placeOf } from "./places";
import { segmentsOf } from "./segments";
import { TemplatesPage } from "./templates-page";

const someone = (...permissions: string[]) => ({ permissions }) as unknown as Me;

describe("an SMS", () => {
  it("holds 160 plain letters alone and 153 in each of several parts", () => {
    expect(segmentsOf("a".repeat(160))).toEqual({ count: 1, units: 160, room: 0, unicode: false });
    expect(segmentsOf("a".repeat(161)).count).toBe(2);
    expect(segmentsOf("a".repeat(307)).count).toBe(3);
  });

  it("counts the letters of the extension table twice and never splits them", () => {
    expect(segmentsOf("€").units).toBe(2);
    expect(segmentsOf("a".repeat(152) + "€" + "a".repeat(152)).count).toBe(3);
  });

  it("holds 70 letters of other scripts, and a pair of surrogates stays together", () => {
    expect(segmentsOf("₹".repeat(70))).toEqual({ count: 1, units: 70, room: 0, unicode: true });
    expect(segmentsOf("₹".repeat(71)).count).toBe(2);
    expect(segmentsOf("🙂".repeat(36)).count).toBe(2);
  });
});

describe("the messages", () => {
  it("have an address for each event and channel", () => {
    const place = { event: "last_notice", channel: "sms" } as const;
    expect(placeOf(idOf(place))).toEqual(place);
    expect(placeOf("tpl_01abc")).toBeNull();
  });

  it("say which are the organization's own", async () => {
    const item = { id: "tpl_1", event: "last_notice", channel: "sms", locale: "ta", version: 2 };
    server.use(http.get("*/v1/templates", () => HttpResponse.json({ items: [item], next_cursor: null })));
    renderWith(<TemplatesPage />, { me: someone("templates:read") });
    expect(await screen.findByText("Yours: தமிழ்")).toBeVisible();
    expect(screen.getAllByText("Tinko’s text, 4 languages")).toHaveLength(17);
    expect(screen.getByText("Owners and admins change them.", { exact: false })).toBeVisible();
  });

  it("say what went wrong", async () => {
    server.use(
      http.get("*/v1/templates", () =>
        HttpResponse.json({ status: 403, code: "forbidden", detail: "Not for you." }, { status: 403 }),
      ),
    );
    renderWith(<TemplatesPage />, { me: someone() });
    expect(await screen.findByText("Not for you.")).toBeVisible();
  });
});

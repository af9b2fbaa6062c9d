import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";

import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import type { Rule } from "./queries";
import { RuleList } from "./rule-list";
import { readSearch } from "./search";
import { canBeTried, moved, type RuleTerms } from "./terms";

const rule = (id: string, position: number): Rule => ({
  id,
  name: `Rule ${id}`,
  position,
  enabled: true,
  match: { failure_code: "51" },
  then: { category: "funds", hardness: "soft" },
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
});
const RULES = [rule("a", 0), rule("b", 1), rule("c", 2)];

describe("the list of rules", () => {
  it("is ordered by buttons, sends the whole order and says so aloud", async () => {
    let sent: unknown;
    server.use(
      http.put("*/v1/rules/order", async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json({ items: RULES, version: 2, next_cursor: null });
      }),
    );
    renderWith(<RuleList rules={RULES} may onOpen={() => undefined} />);
    expect(screen.getByRole("button", { name: "Move up: Rule a" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Move down: Rule c" })).toBeDisabled();
    await userEvent.click(screen.getByRole("button", { name: "Move down: Rule a" }));
    await waitFor(() => expect(sent).toEqual({ ids: ["b", "a", "c"] }));
    expect(screen.getByText("Rule a is now number 2 of 3.")).toBeInTheDocument();
  });

  it("is only shown to who may not change it", () => {
    renderWith(<RuleList rules={RULES} may={false} onOpen={() => undefined} />);
    expect(screen.getAllByRole("switch").every((each) => each.hasAttribute("disabled"))).toBe(true);
    expect(screen.queryByRole("button", { name: "Rule a" })).not.toBeInTheDocument();
  });
});

describe("rules", () => {
  it("move one to another place and keep all", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a"], 5, 0)).toEqual(["a"]);
  });

  it("begin from what a failure said", () => {
    expect(readSearch({ code: "51", gateway: "stripe" })).toEqual({
      rule: "new",
      code: "51",
      gateway: "stripe",
    });
    expect(readSearch({ rule: "rul_1" })).toEqual({ rule: "rul_1" });
    expect(readSearch({})).toEqual({});
  });

  it("can be tried once each condition is filled in, and money has its currency", () => {
    const terms = (match: RuleTerms["match"]): RuleTerms => ({
      name: "",
      match,
      then: { category: "funds", hardness: "soft" },
    });
    expect(canBeTried(terms({}))).toBe(false);
    expect(canBeTried(terms({ failure_code: "" }))).toBe(false);
    expect(canBeTried(terms({ min_amount: 100 }))).toBe(false);
    expect(canBeTried(terms({ min_amount: 100, currency: "INR" }))).toBe(true);
  });
});

import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { renderWith } from "@/test/render";

import { ActionsCard } from "./actions-card";
import { aRecovery, someone } from "./factory";

it("shows what may not be done with its reason, reachable and without effect", async () => {
  const recovery = aRecovery({
    actions: [
      { action: "retry", allowed: false, rule: "visa.cap", reason: "Visa allows the next one on Monday." },
      { action: "pause", allowed: true, rule: null, reason: null },
      { action: "resume", allowed: false, rule: "not_paused", reason: "The recovery is not paused." },
    ],
  });
  renderWith(<ActionsCard recovery={recovery} />, { me: someone("recoveries:read", "recoveries:write") });
  const retry = screen.getByRole("button", { name: /Retry now/ });
  expect(retry).toHaveAccessibleDescription("Not now: Visa allows the next one on Monday.");
  expect(retry).toHaveAttribute("aria-disabled", "true");
  await userEvent.click(retry);
  expect(retry).toHaveFocus();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.queryByRole("button", { name: /Resume/ })).toBeNull();
});

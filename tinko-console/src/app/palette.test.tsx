import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";

import { aPerson } from "@/test/people";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { Palette } from "./palette";

it("finds pages by words in any order, and only those of the role", async () => {
  renderWith(<Palette onClose={() => undefined} />, { me: aPerson("analyst") });
  const options = () => screen.queryAllByRole("option").map((option) => option.textContent);
  expect(options()).toContain("Recoveries");
  expect(options()).not.toContain("Team");
  await userEvent.type(screen.getByRole("combobox"), "theme dark");
  expect(options()).toEqual(["Use the dark theme"]);
});

it("finds recoveries by what the API finds for the words", async () => {
  const asked: string[] = [];
  server.use(
    http.get("*/v1/recoveries", ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json({
        items: [{ id: "rec_1", transaction_ref: "order-7781" }],
        next_cursor: null,
      });
    }),
  );
  const close = vi.fn();
  renderWith(<Palette onClose={close} />, { me: aPerson() });
  await userEvent.type(screen.getByRole("combobox"), "7781");
  const found = await screen.findByRole("option", { name: "order-7781" });
  expect(asked).toEqual(["?q=7781&limit=5"]);
  await userEvent.click(found);
  expect(close).toHaveBeenCalledTimes(1);
});

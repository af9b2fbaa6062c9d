import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";

import { renderWith } from "@/test/render";

import { Button, ConfirmDialog, DateTime } from ".";

function Deleting({ onConfirm }: { onConfirm: () => Promise<unknown> }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Delete</Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Delete it?"
        confirm="Delete 3"
        onConfirm={onConfirm}
      >
        3 links stop working.
      </ConfirmDialog>
    </>
  );
}

it("a confirmation says the consequence, keeps open what failed, and gives the focus back", async () => {
  const confirm = vi.fn().mockRejectedValueOnce(new Error("lost")).mockResolvedValueOnce(undefined);
  renderWith(<Deleting onConfirm={confirm} />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  expect(screen.getByRole("dialog", { name: "Delete it?" })).toHaveTextContent("3 links stop working.");
  await userEvent.click(screen.getByRole("button", { name: "Delete 3" }));
  expect(screen.getByRole("alert")).toHaveTextContent("Something went wrong on this page.");
  await userEvent.click(screen.getByRole("button", { name: "Delete 3" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  await vi.waitFor(() => expect(screen.getByRole("button", { name: "Delete" })).toHaveFocus());
});

it("a moment says both zones to whoever comes by keyboard", async () => {
  renderWith(<DateTime at="2026-03-05T08:30:00Z" absolute />);
  const time = document.querySelector("time");
  await userEvent.tab();
  expect(time).toHaveFocus();
  time?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
  expect(await screen.findByRole("tooltip")).toHaveTextContent("8:30:00 AM UTC");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("tooltip")).toBeNull();
});

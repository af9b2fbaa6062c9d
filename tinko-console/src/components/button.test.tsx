import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { renderWith } from "@/test/render";

import { Button, IconButton } from ".";

const press = vi.fn();

describe("a busy button", () => {
  it.each([undefined, false, true])("takes no second click, with disabled as %s", async (disabled) => {
    press.mockClear();
    renderWith(
      <>
        <Button busy disabled={disabled} onClick={press}>
          Save
        </Button>
        <IconButton icon="x" label="Remove" busy disabled={disabled} onClick={press} />
      </>,
    );
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await userEvent.click(screen.getByRole("button", { name: "Remove" }));
    expect(press).not.toHaveBeenCalled();
  });

  it("is pressed when it is at rest", async () => {
    press.mockClear();
    renderWith(<Button onClick={press}>Save</Button>);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(press).toHaveBeenCalledOnce();
  });
});

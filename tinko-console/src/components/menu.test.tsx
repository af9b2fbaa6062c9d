import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { renderWith } from "@/test/render";

import { Button, Menu, MenuChoice, MenuItem } from ".";

const remove = vi.fn();
const choose = vi.fn();

function draw() {
  remove.mockClear();
  choose.mockClear();
  renderWith(
    <Menu trigger={<Button>More</Button>}>
      <MenuItem onSelect={remove}>Remove</MenuItem>
      <MenuItem disabled onSelect={remove}>
        Rename
      </MenuItem>
      <MenuChoice
        label="Theme"
        value="light"
        options={[
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChange={choose}
      />
    </Menu>,
  );
  return screen.getByRole("button", { name: "More" });
}

describe("a menu", () => {
  it("opens on a click, does what is chosen, and gives the focus back", async () => {
    const button = draw();
    expect(screen.queryByRole("menu")).toBeNull();
    await userEvent.click(button);
    expect(button).toHaveAttribute("aria-expanded", "true");
    await userEvent.click(screen.getByRole("menuitem", { name: "Remove" }));
    expect(remove).toHaveBeenCalledTimes(1);
    expect(screen.queryByRole("menu")).toBeNull();
    expect(button).toHaveFocus();
  });

  it("goes by keys: first, last, round, by letter, and away", async () => {
    const button = draw();
    button.focus();
    await userEvent.keyboard("{ArrowDown}");
    expect(screen.getByRole("menuitem", { name: "Remove" })).toHaveFocus();
    await userEvent.keyboard("{ArrowUp}");
    expect(screen.getByRole("menuitemradio", { name: "Dark" })).toHaveFocus();
    await userEvent.keyboard("{ArrowDown}r");
    expect(screen.getByRole("menuitem", { name: "Rename" })).toHaveFocus();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("menu")).toBeNull();
    expect(button).toHaveFocus();
  });

  it("does nothing for an act that is not possible now", async () => {
    await userEvent.click(draw());
    await userEvent.click(screen.getByRole("menuitem", { name: "Rename" }));
    expect(remove).not.toHaveBeenCalled();
    expect(screen.getByRole("menu")).toBeInTheDocument();
  });

  it("says which choice holds, and takes another", async () => {
    await userEvent.click(draw());
    expect(screen.getByRole("menuitemradio", { name: "Light" })).toBeChecked();
    await userEvent.click(screen.getByRole("menuitemradio", { name: "Dark" }));
    expect(choose).toHaveBeenCalledWith("dark");
  });

  it("goes away when something else is pressed", async () => {
    await userEvent.click(draw());
    await userEvent.click(document.body);
    expect(screen.queryByRole("menu")).toBeNull();
  });
});

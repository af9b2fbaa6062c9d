import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { UnreachableError } from "@/lib/api";
import { renderWith } from "@/test/render";

import { DataTable, type Selection } from ".";

type Row = { id: string; name: string };
const ROWS: Row[] = [
  { id: "a", name: "First" },
  { id: "b", name: "Second" },
];

const table = (more: Partial<Parameters<typeof DataTable<Row>>[0]> = {}) => (
  <DataTable
    caption="Things"
    columns={[{ key: "name", header: "Name", cell: (row: Row) => row.name }]}
    rows={ROWS}
    rowId={(row) => row.id}
    rowLabel={(row) => row.name}
    empty={<p>Nothing yet</p>}
    {...more}
  />
);

describe("a list", () => {
  it("that loads says so", () => {
    renderWith(<DataTable {...table().props} rows={undefined} />);
    expect(screen.getByRole("status")).toHaveTextContent("Loading…");
  });

  it("that failed says what happened and can be tried again", async () => {
    const retry = vi.fn();
    renderWith(
      <DataTable {...table().props} rows={undefined} error={new UnreachableError()} onRetry={retry} />,
    );
    expect(screen.getByRole("alert")).toHaveTextContent("Tinko did not answer.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(retry).toHaveBeenCalledTimes(1);
  });

  it("without rows shows what to do next", () => {
    renderWith(table({ rows: [] }));
    expect(screen.getByText("Nothing yet")).toBeInTheDocument();
    expect(screen.queryByRole("table")).toBeNull();
  });

  it("has its rows, a name, and more on demand", async () => {
    const load = vi.fn();
    renderWith(table({ more: { has: true, loading: false, load } }));
    expect(within(screen.getByRole("table", { name: "Things" })).getAllByRole("row")).toHaveLength(3);
    await userEvent.click(screen.getByRole("button", { name: "Show more" }));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("lets rows be chosen, one or all", async () => {
    const onChange = vi.fn<Selection["onChange"]>();
    renderWith(table({ selection: { ids: new Set(["a"]), onChange } }));
    expect(screen.getByRole("checkbox", { name: "Select First" })).toBeChecked();
    expect(screen.getByRole("checkbox", { name: "Select all shown" })).toBePartiallyChecked();
    await userEvent.click(screen.getByRole("checkbox", { name: "Select Second" }));
    await userEvent.click(screen.getByRole("checkbox", { name: "Select First" }));
    await userEvent.click(screen.getByRole("checkbox", { name: "Select all shown" }));
    expect(onChange.mock.calls.map(([ids]) => [...ids])).toEqual([["a", "b"], [], ["a", "b"]]);
  });
});

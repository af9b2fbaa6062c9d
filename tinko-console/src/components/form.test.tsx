import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";

import { ProblemError } from "@/lib/api";
import { renderWith } from "@/test/render";

import { Button, Field, fieldErrors, Form, Input } from ".";

const problem = (errors: { pointer: string; detail: string }[], code = "invalid") =>
  new ProblemError({
    status: 422,
    code,
    title: "",
    detail: "Some fields are not valid.",
    request_id: "req_1",
    errors,
  });

function Example({ onSubmit }: { onSubmit: () => Promise<unknown> }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  return (
    <Form fields={["name", "note"]} onSubmit={onSubmit}>
      {({ of, busy, note: whole }) => (
        <>
          {whole}
          <Field label="Name" error={of("name")} required>
            <Input name="name" value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field label="Note" error={of("note")}>
            <Input name="note" value={note} onChange={(event) => setNote(event.target.value)} />
          </Field>
          <Button type="submit" busy={busy}>
            Save
          </Button>
        </>
      )}
    </Form>
  );
}

describe("the errors of fields", () => {
  it("are the first of each field that is shown, also where they are deeper", () => {
    const found = fieldErrors(
      problem([
        { pointer: "/retry/0/after", detail: "too soon" },
        { pointer: "/retry", detail: "too many" },
        { pointer: "/hidden", detail: "not shown" },
      ]),
      ["name", "retry"],
    );
    expect([...found]).toEqual([["retry", "too soon"]]);
    expect(fieldErrors(new Error("lost"), ["name"]).size).toBe(0);
  });
});

describe("a form", () => {
  it("with an empty field that is needed is not sent, and the field has the focus", async () => {
    const save = vi.fn(() => Promise.resolve());
    renderWith(<Example onSubmit={save} />);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(save).not.toHaveBeenCalled();
    expect(screen.getByLabelText("Name")).toHaveAccessibleDescription("This is needed.");
    await vi.waitFor(() => expect(screen.getByLabelText("Name")).toHaveFocus());
  });

  it("keeps what was typed, and says at the field what is wrong with it", async () => {
    renderWith(
      <Example onSubmit={() => Promise.reject(problem([{ pointer: "/note", detail: "too long" }]))} />,
    );
    await userEvent.type(screen.getByLabelText("Name"), "Asha");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByLabelText("Note")).toHaveAccessibleDescription("too long");
    expect(screen.getByLabelText("Note")).toBeInvalid();
    expect(screen.getByLabelText("Name")).toHaveValue("Asha");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("says above what no field explains, with the request's id", async () => {
    renderWith(<Example onSubmit={() => Promise.reject(problem([], "email_taken"))} />);
    await userEvent.type(screen.getByLabelText("Name"), "Asha{Enter}");
    expect(screen.getByRole("alert")).toHaveTextContent(
      "There is an account with this email address already.",
    );
    expect(screen.getByRole("alert")).toHaveTextContent("req_1");
  });
});

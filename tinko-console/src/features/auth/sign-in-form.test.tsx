import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";

import { connection } from "@/lib/connection";
import { aPerson, refusal } from "@/test/people";
import { renderWith } from "@/test/render";
import { server } from "@/test/server";

import { SignInForm } from "./sign-in-form";

const done = vi.fn();

async function signIn(answer: (body: Record<string, string>) => Response) {
  done.mockClear();
  const sent: Record<string, string>[] = [];
  server.use(
    http.post("*/v1/auth/login", async ({ request }) => {
      const body = (await request.json()) as Record<string, string>;
      sent.push(body);
      return answer(body);
    }),
    http.get("*/v1/auth/me", () => HttpResponse.json(aPerson())),
  );
  renderWith(<SignInForm email="asha@kaveri.example" onDone={done} />);
  await userEvent.type(screen.getByLabelText("Password"), "violet harbour nine{Enter}");
  return sent;
}

afterEach(() => connection.set("up"));

describe("signing in", () => {
  it("goes on with the right password", async () => {
    await signIn(() => HttpResponse.json({}));
    await vi.waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  });

  it("with a wrong password says so, and keeps what was typed", async () => {
    await signIn(() => refusal(401, "invalid_credentials"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The email address or the password is wrong.");
    expect(screen.getByLabelText("Password")).toHaveValue("violet harbour nine");
    expect(done).not.toHaveBeenCalled();
  });

  it("asks for the code of who has two steps, and sends it with the password", async () => {
    const sent = await signIn((body) =>
      body.totp_code === undefined ? refusal(401, "totp_required") : HttpResponse.json({}),
    );
    const code = await screen.findByLabelText("Code");
    expect(code).toHaveFocus();
    await userEvent.type(code, "123 456{Enter}");
    await vi.waitFor(() => expect(done).toHaveBeenCalledTimes(1));
    expect(sent[1]).toEqual({
      email: "asha@kaveri.example",
      password: "violet harbour nine",
      totp_code: "123456",
    });
  });

  it("too often says how long to wait", async () => {
    await signIn(() => refusal(429, "too_many_tries", {}, { "Retry-After": "120" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Try again in 2m.");
  });

  it("without an answer says that nothing was lost", async () => {
    await signIn(() => HttpResponse.error());
    expect(await screen.findByRole("alert")).toHaveTextContent("Tinko did not answer. Nothing was lost");
    expect(connection.get()).toBe("down");
  });
});

import { http, HttpResponse } from "msw";
import { afterEach, describe, expect, it } from "vitest";

import { connection } from "@/lib/connection";
import { refusal } from "@/test/people";
import { server } from "@/test/server";

import { api, call, dataOf, isProblem, shown, UnreachableError, whenUnauthenticated } from "./index";

afterEach(() => {
  shown.organizationId = null;
  connection.set("up");
});

describe("a call", () => {
  it("fills the path, leaves out what is empty, and says the page's organization", async () => {
    shown.organizationId = "org_live";
    let seen: Request | undefined;
    server.use(
      http.get("*/v1/recoveries/:id", ({ request }) => {
        seen = request;
        return HttpResponse.json({ id: "rec 1" });
      }),
    );
    await dataOf(api.GET("/v1/recoveries/{recovery_id}", { params: { path: { recovery_id: "rec 1" } } }));
    expect(new URL(seen?.url ?? "").pathname).toBe("/v1/recoveries/rec%201");
    expect(seen?.headers.get("X-Tinko-Organization")).toBe("org_live");
    expect(seen?.headers.get("Idempotency-Key")).toBeNull();
    expect(seen?.headers.get("X-CSRF-Token")).toBeNull();
  });

  it("repeats a parameter that has more values", async () => {
    let asked = "";
    server.use(
      http.get("*/v1/things", ({ request }) => {
        asked = new URL(request.url).search;
        return HttpResponse.json({});
      }),
    );
    await call("GET", "/v1/things", { query: { status: ["open", "paused"], q: "", limit: 5, after: null } });
    expect(asked).toBe("?status=open&status=paused&limit=5");
  });

  it("that changes something brings the CSRF token and a key of its own", async () => {
    document.cookie = "tinko_csrf=tok.en";
    const keys: (string | null)[] = [];
    server.use(
      http.post("*/v1/things", ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        expect(request.headers.get("X-CSRF-Token")).toBe("tok.en");
        return HttpResponse.json({}, { status: 201 });
      }),
    );
    await call("POST", "/v1/things", { body: { a: 1 } });
    await call("POST", "/v1/things", { body: { a: 1 } });
    expect(keys[0]).toHaveLength(32);
    expect(keys[1]).not.toBe(keys[0]);
  });

  it("without an answer keeps its key for the same act, so that it cannot happen twice", async () => {
    const keys: (string | null)[] = [];
    server.use(
      http.post("*/v1/things", ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        return keys.length === 1 ? HttpResponse.error() : HttpResponse.json({});
      }),
    );
    await expect(call("POST", "/v1/things", { body: { a: 1 } })).rejects.toBeInstanceOf(UnreachableError);
    expect(connection.get()).toBe("down");
    await call("POST", "/v1/things", { body: { a: 1 } });
    expect(keys[1]).toBe(keys[0]);
  });

  it("that is refused throws what the API said", async () => {
    const errors = [{ pointer: "/amount", detail: "too small" }];
    server.use(http.get("*/v1/things", () => refusal(422, "invalid", { errors }, { "Retry-After": "7" })));
    const error: unknown = await call("GET", "/v1/things").catch((caught: unknown) => caught);
    expect(isProblem(error, "invalid") && [error.requestId, error.retryAfter, error.errors]).toEqual([
      "req_1",
      7,
      errors,
    ]);
  });

  it("behind a closed door is unreachable, not refused", async () => {
    server.use(http.get("*/v1/things", () => new Response("<h1>Bad gateway</h1>", { status: 502 })));
    await expect(call("GET", "/v1/things")).rejects.toBeInstanceOf(UnreachableError);
  });

  it("that is taken back is no news about Tinko", async () => {
    server.use(http.get("*/v1/things", () => new Promise<never>(() => undefined)));
    const stop = new AbortController();
    const answer = call("GET", "/v1/things", { signal: stop.signal });
    stop.abort();
    await expect(answer).rejects.not.toBeInstanceOf(UnreachableError);
    expect(connection.get()).toBe("up");
  });
});

describe("the end of the session", () => {
  it.each([
    ["session_ended", 1],
    ["unauthenticated", 1],
    ["invalid_credentials", 0],
    ["totp_required", 0],
  ])("is heard from 401 %s %i times", async (code, times) => {
    let heard = 0;
    const stop = whenUnauthenticated(() => (heard += 1));
    server.use(http.post("*/v1/auth/password/change", () => refusal(401, code)));
    await call("POST", "/v1/auth/password/change").catch(() => undefined);
    stop();
    expect(heard).toBe(times);
  });
});

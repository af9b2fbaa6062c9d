import type { Client } from "openapi-fetch";

import type { paths } from "@/api/schema";
import { reportUnreachable } from "@/lib/connection";
import { readCookie } from "@/lib/cookies";
import { randomKey } from "@/lib/ids";

import { problemOf, UnreachableError } from "./problem";

const TIME_OUT = 20_000;
const READS = new Set(["GET", "HEAD", "OPTIONS"]);
const CLOSED_DOORS = new Set([502, 504]);

/** Refusals of a sign-in: they say nothing about a session. */
const NOT_THE_SESSION = new Set(["invalid_credentials", "totp_required", "totp_invalid"]);
/** Routes of a person, whichever organization they are in. */
const NO_ORGANIZATION =
  /^\/v1\/(auth\/(me|login|register|logout|switch|password)|invitations\/(accept|by_token))/;

type Listener = () => void;
const onUnauthenticated = new Set<Listener>();
const onOrganizationChanged = new Set<Listener>();
const listenIn = (listeners: Set<Listener>) => (listener: Listener) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Calls `listener` when a call finds that the session has ended; returns how to stop. */
export const whenUnauthenticated = listenIn(onUnauthenticated);

/** Calls `listener` when a call was refused because another tab went on in another organization. */
export const whenOrganizationChanged = listenIn(onOrganizationChanged);

/** Which organization this page shows: each call says so, and is refused if the session is elsewhere. */
export const shown: { organizationId: string | null } = { organizationId: null };

/** Keys of POSTs without an answer: the same act again is the same act, if it was done after all. */
const unanswered = new Map<string, string>();

async function addWriteHeaders(request: Request, headers: Headers): Promise<string> {
  headers.set("X-CSRF-Token", readCookie("tinko_csrf") ?? "");
  if (request.method !== "POST" || headers.has("Idempotency-Key")) return "";
  const act = `${request.url}\n${await request.clone().text()}`;
  const key = unanswered.get(act) ?? randomKey();
  headers.set("Idempotency-Key", key);
  unanswered.set(act, key);
  return act;
}

/** The one fetch: cookies, CSRF, idempotency, time-out; throws ProblemError or UnreachableError. */
export async function send(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set("Accept", "application/json");
  if (shown.organizationId !== null && !NO_ORGANIZATION.test(pathname)) {
    headers.set("X-Tinko-Organization", shown.organizationId);
  }
  const act = READS.has(request.method) ? "" : await addWriteHeaders(request, headers);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIME_OUT)]);
  let response: Response;
  try {
    response = await fetch(new Request(request, { headers, credentials: "same-origin", signal }));
  } catch (error) {
    // Whoever asked went away: no news about Tinko.
    if (request.signal.aborted) throw error;
    reportUnreachable();
    throw new UnreachableError("Tinko did not answer.", { cause: error });
  }
  if (CLOSED_DOORS.has(response.status)) {
    reportUnreachable();
    throw new UnreachableError("Tinko did not answer.");
  }
  unanswered.delete(act);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401 && !NOT_THE_SESSION.has(problem.code)) {
    onUnauthenticated.forEach((listener) => listener());
  }
  if (problem.code === "organization_changed") onOrganizationChanged.forEach((listener) => listener());
  throw problem;
}

type Value = string | number | boolean | null | undefined;
type Plain = {
  query?: Record<string, Value | readonly Value[]> | undefined;
  body?: unknown;
  signal?: AbortSignal | null | undefined;
  headers?: Record<string, string> | undefined;
};

/** A call by hand, for what the generated types do not describe; prefer `api`. */
export async function call<T>(method: string, path: string, options: Plain = {}): Promise<T> {
  const url = new URL(path, window.location.origin);
  for (const [name, given] of Object.entries(options.query ?? {})) {
    for (const value of Array.isArray(given) ? (given as readonly Value[]) : [given as Value]) {
      if (value !== undefined && value !== null && value !== "") url.searchParams.append(name, String(value));
    }
  }
  const response = await send(
    new Request(url, {
      method,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      headers: {
        ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
        ...options.headers,
      },
      ...(options.signal ? { signal: options.signal } : {}),
    }),
  );
  const body = await response.text();
  return (body === "" ? undefined : JSON.parse(body)) as T;
}

type Typed = Omit<Plain, "query"> & {
  params?: { path?: Record<string, Value>; query?: Plain["query"]; header?: Record<string, string> };
};

const verb =
  (method: string) =>
  async (path: string, { params, headers, ...rest }: Typed = {}) => ({
    data: await call(
      method,
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.path?.[name]))),
      { ...rest, query: params?.query, headers: { ...params?.header, ...headers } },
    ),
  });

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The typed client: `const { data } = await api.GET("/v1/recoveries", { params: { query } })`. */
export const api = {
  GET: verb("GET"),
  POST: verb("POST"),
  PUT: verb("PUT"),
  PATCH: verb("PATCH"),
  DELETE: verb("DELETE"),
} as unknown as Pick<Client<paths>, Verb>;

/** Returns the data of an answer of `api`, which throws on errors and so always has it. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

/** One invalid field: where in the body (JSON pointer), and what is wrong. */
export type FieldProblem = { pointer: string; detail: string };

type ProblemBody = {
  status: number;
  code: string;
  title: string;
  detail: string;
  request_id: string | null;
  errors: readonly FieldProblem[];
};

/** What the API refused, in its own words (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly errors: readonly FieldProblem[];
  /** Seconds after which another try makes sense; null if the API did not say. */
  readonly retryAfter: number | null;

  constructor(body: ProblemBody, retryAfter: number | null = null) {
    super(body.detail);
    this.status = body.status;
    this.code = body.code;
    this.detail = body.detail;
    this.requestId = body.request_id;
    this.errors = body.errors;
    this.retryAfter = retryAfter;
  }
}

/** The API did not answer: no network, a time-out, or a door that is closed. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly requestId = null;
}

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** Reads an error's answer; whatever the body is, a ProblemError comes out. */
export async function problemOf(response: Response): Promise<ProblemError> {
  let body: Record<string, unknown> = {};
  try {
    const read: unknown = await response.clone().json();
    if (typeof read === "object" && read !== null) body = read as Record<string, unknown>;
  } catch {
    // Not JSON: the status has to do.
  }
  const after = Number(response.headers.get("Retry-After"));
  return new ProblemError(
    {
      status: response.status,
      code: text(body.code, "error"),
      title: text(body.title, response.statusText),
      detail: text(body.detail, response.statusText || `HTTP ${response.status}`),
      request_id: text(body.request_id, response.headers.get("X-Request-Id") ?? "") || null,
      errors: Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [],
    },
    Number.isFinite(after) && after > 0 ? after : null,
  );
}

/** Says whether an error is that answer of the API. */
export function isProblem(error: unknown, code?: string): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.code === code);
}

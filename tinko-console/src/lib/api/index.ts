import type { components } from "@/api/schema";

export { api, call, dataOf, shown, whenOrganizationChanged, whenUnauthenticated } from "./client";
export { isProblem, ProblemError, UnreachableError, type FieldProblem } from "./problem";

/** The shapes of the API: `Schemas["RecoveryOut"]`. */
export type Schemas = components["schemas"];

/** A page of a list. */
export type Page<T> = { items: T[]; next_cursor: string | null };

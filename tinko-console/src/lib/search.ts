/** Reading search parameters of the URL, which anybody may have typed. */
export type Search = Record<string, unknown>;

/** A text, cut at a length. */
export function textParam(value: unknown, longest = 200): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? text.slice(0, longest) : undefined;
}

/** One of the given words. */
export function oneOf<const T extends string>(value: unknown, words: readonly T[]): T | undefined {
  return words.find((word) => word === value);
}

/** A day, "2026-03-31". */
export function dayParam(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;
}

/** A whole number of at least zero. */
export function countParam(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : Number(value === "" ? NaN : value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** True, or left out. */
export function flagParam(value: unknown): true | undefined {
  return value === true || value === "true" || value === 1 ? true : undefined;
}

/** Leaves out what is undefined or empty, so that URLs stay short. */
export function compact<T extends Search>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

import { describe, expect, it } from "vitest";

import { LOCALES } from "./messages";

const files = import.meta.glob<object>("../../locales/*/*.json", { eager: true, import: "default" });

const keysOf = (words: object, before = ""): string[] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? keysOf(value as object, `${before}${key}.`)
      : [before + key],
  );

const argumentsOf = (words: object): string[] =>
  [...new Set(JSON.stringify(words).match(/\{(\w+)(?=[,}])/g))].sort();

describe("every language", () => {
  const english = Object.keys(files).filter((path) => path.includes("/en/"));

  it.each(english)("says all that English says in %s", (path) => {
    for (const locale of LOCALES) {
      const theirs = files[path.replace("/en/", `/${locale}/`)] ?? {};
      expect([locale, ...keysOf(theirs).sort()]).toEqual([locale, ...keysOf(files[path] ?? {}).sort()]);
      expect([locale, ...argumentsOf(theirs)]).toEqual([locale, ...argumentsOf(files[path] ?? {})]);
    }
  });

  it("has no file that English has not", () => {
    expect(Object.keys(files)).toHaveLength(english.length * LOCALES.length);
  });
});

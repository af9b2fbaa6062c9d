import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync("src/app.css", "utf8");

function tokens(block: RegExp): Map<string, string> {
  const found = block.exec(css)?.[1] ?? "";
  return new Map(
    Array.from(found.matchAll(/--tk-([\w-]+): (#[0-9a-f]{6});/g), ([, name, hex]) => [name ?? "", hex ?? ""]),
  );
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const SHEETS = ["canvas", "surface", "sunken", "hover"];
const TEXTS = [
  ...["ink", "ink-soft", "ink-faint", "accent-text"].flatMap((text) => SHEETS.map((on) => [text, on])),
  ...["good", "warn", "bad", "info", "accent"].flatMap((tone) => [
    [`${tone}-text`, `${tone}-tint`],
    [`${tone}-text`, "surface"],
  ]),
  ["accent-ink", "accent"],
  ["accent-ink", "accent-strong"],
  ["canvas", "ink"],
];
const SHAPES = ["control", ...[1, 2, 3, 4, 5, 6].map((chart) => `chart-${chart}`)].map((shape) => [
  shape,
  "surface",
]);

const THEMES = {
  light: tokens(/:root \{([\s\S]*?)\n\}/),
  dark: tokens(/:root\[data-theme="dark"\] \{([\s\S]*?)\n\}/),
};

describe.each(Object.entries(THEMES))("in %s", (_, theme) => {
  const tooFaint = (pairs: string[][], least: number) =>
    pairs
      .map(([text = "", on = ""]) => ({ text, on, is: contrast(theme.get(text) ?? "", theme.get(on) ?? "") }))
      .filter(({ is }) => !(is >= least))
      .map(({ text, on, is }) => `${text} on ${on}: ${is.toFixed(2)}`);

  it("text keeps 4.5:1", () => expect(tooFaint(TEXTS, 4.5)).toEqual([]));
  it("edges of controls and lines of charts keep 3:1", () => expect(tooFaint(SHAPES, 3)).toEqual([]));
  it("white on a dangerous button keeps 4.5:1", () => {
    for (const name of ["bad", "bad-strong"])
      expect(contrast("#ffffff", theme.get(name) ?? "")).toBeGreaterThan(4.5);
  });
});

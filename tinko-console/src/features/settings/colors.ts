/** The rule of the payer's page for a merchant's colour (WCAG 2.2), as the server has it. */
export const TEXT = 4.5;
export const SHAPE = 3;
export const LIGHT_CARD = "#ffffff";
export const DARK_CARD = "#1a1d23";
const WHITE = "#ffffff";
const BLACK = "#000000";
const STEPS = 20;

export type Palette = { fill: string; text: string; edge: string; link: string };

/** Reads `#0B57D0` or `0b57d0`; null if it is no colour. */
export function readColor(typed: string): string | null {
  const match = /^#?([0-9a-f]{6})$/i.exec(typed.trim());
  return match?.[1] === undefined ? null : `#${match[1].toLowerCase()}`;
}

const channels = (color: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

const linear = (share: number): number =>
  share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => linear(channel / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** How far two colours are apart, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** White if it is legible on a colour, else black. */
export const textOn = (color: string): string => (contrast(WHITE, color) >= TEXT ? WHITE : BLACK);

function mixed(color: string, other: string, share: number): string {
  const theirs = channels(other);
  const parts = channels(color).map((mine, at) => Math.round(mine * (1 - share) + (theirs[at] ?? 0) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** A colour mixed with black or white by as little as makes it stand out from a card. */
export function movedAway(color: string, card: string, least: number): string {
  const towards = contrast(BLACK, card) > contrast(WHITE, card) ? BLACK : WHITE;
  for (let step = 0; step <= STEPS; step += 1) {
    const each = mixed(color, towards, step / STEPS);
    if (contrast(each, card) >= least) return each;
  }
  return towards;
}

/** What a colour becomes on a page whose cards have that colour. */
export const paletteOn = (color: string, card: string): Palette => ({
  fill: color,
  text: textOn(color),
  edge: movedAway(color, card, SHAPE),
  link: movedAway(color, card, TEXT),
});

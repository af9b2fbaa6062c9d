const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone|iPad|iPod/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** Browser and system by what a browser says of itself; null if it says nothing that is known. */
export function deviceOf(agent: string | null): { browser: string; system: string } | null {
  const found = (names: readonly [RegExp, string][]) => names.find(([said]) => said.test(agent ?? ""))?.[1];
  const browser = found(BROWSERS);
  const system = found(SYSTEMS);
  return browser === undefined || system === undefined ? null : { browser, system };
}

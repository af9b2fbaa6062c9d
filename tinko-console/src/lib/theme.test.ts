import { afterEach, expect, it } from "vitest";

import { setTheme } from "./theme";

const { device } = (
  window as unknown as { happyDOM: { settings: { device: { prefersColorScheme: string } } } }
).happyDOM.settings;

afterEach(() => {
  device.prefersColorScheme = "light";
  setTheme("system");
});

it("names the system's theme where none was chosen, so that everything dark knows of it", () => {
  device.prefersColorScheme = "dark";
  setTheme("system");
  expect(document.documentElement.dataset.theme).toBe("dark");
});

it("keeps a chosen theme against the system's", () => {
  device.prefersColorScheme = "dark";
  setTheme("light");
  expect(document.documentElement.dataset.theme).toBe("light");
});

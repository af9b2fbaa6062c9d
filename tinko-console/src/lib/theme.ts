import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";

const KEY = "tinko.theme";

const read = (): Theme => {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
};

const system = window.matchMedia("(prefers-color-scheme: dark)");
const store = createStore<Theme>(read());

/** Chooses a theme, in all tabs; public/theme.js reads it before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  apply(theme);
}

/** The document always names a theme: the system's is looked up, and followed when it changes. */
function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme === "system" ? (system.matches ? "dark" : "light") : theme;
  store.set(theme);
}

system.addEventListener("change", () => apply(read()));

window.addEventListener("storage", (event) => {
  if (event.key === KEY) apply(read());
});

/** The chosen theme. */
export function useTheme(): Theme {
  return useStore(store);
}

import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";

const KEY = "tinko.theme";

const read = (): Theme => {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
};

const store = createStore<Theme>(read());

/** Chooses a theme, in all tabs; public/theme.js reads it before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  apply(theme);
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  store.set(theme);
}

window.addEventListener("storage", (event) => {
  if (event.key === KEY) apply(read());
});

/** The chosen theme. */
export function useTheme(): Theme {
  return useStore(store);
}

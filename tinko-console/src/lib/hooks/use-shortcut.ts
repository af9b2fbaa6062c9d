import { useEffect, useRef } from "react";

const typesInto = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

/** Runs on a key: "mod+k" (Ctrl or ⌘), "/", "g r" would be two keys and is not offered. Not while typing. */
export function useShortcut(keys: string, run: () => void, enabled = true): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!enabled) return;
    const key = keys.replace("mod+", "");
    const withMod = keys.startsWith("mod+");
    const hear = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.altKey || event.defaultPrevented) return;
      if (withMod !== (event.ctrlKey || event.metaKey)) return;
      if (!withMod && typesInto(event.target)) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, [keys, enabled]);
}

import { createElement, use, type ComponentType } from "react";

/**
 * A component in a chunk of its own that is drawn at once if the chunk is there: `preload` fetches it before
 * it is wanted. Until then it suspends.
 */
export function preloadable<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined;
  let coming: Promise<ComponentType<Props>> | undefined;
  const fetchOnce = () => (coming ??= load().then((found) => (loaded = found)));
  return {
    Component: (props: Props) => createElement(loaded ?? use(fetchOnce()), props),
    preload: async (): Promise<void> => {
      try {
        await fetchOnce();
      } catch {
        // Not reachable now: it is asked for again when it is needed.
        coming = undefined;
      }
    },
  };
}

/** Runs when the browser has nothing else to do; returns how to cancel. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(run, 1_500);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: 5_000 });
  return () => cancelIdleCallback(handle);
}

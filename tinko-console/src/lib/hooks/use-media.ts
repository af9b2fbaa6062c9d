import { useCallback, useSyncExternalStore } from "react";

/** Watches a media query. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** Says whether the page is narrow: tables become cards, the navigation a drawer. */
export const useIsPhone = (): boolean => useMedia("(max-width: 47.99rem)");

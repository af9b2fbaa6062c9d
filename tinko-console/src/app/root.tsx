import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { useTranslations } from "@/lib/i18n";

import { ConnectionBanner } from "./connection-banner";

/** Around every page: the way past the navigation, what the connection does, and the focus. */
export function Root() {
  const t = useTranslations("common");
  useFocusOnNavigation();
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-70 -translate-y-20 rounded-control bg-ink px-4 py-2 text-sm text-canvas focus:translate-y-0"
      >
        {t("shell.skip")}
      </a>
      <ConnectionBanner />
      <Outlet />
    </>
  );
}

/** After navigation the new page's heading has the focus, so that it is read and Tab starts there. */
function useFocusOnNavigation(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (before.current !== undefined && path !== before.current) {
      const heading = document.querySelector<HTMLElement>("[data-page-heading]");
      (heading ?? document.getElementById("main"))?.focus({ preventScroll: true });
    }
    before.current = path;
  }, [path]);
}

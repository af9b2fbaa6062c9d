import { Outlet, useMatches } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";

import { Drawer, Icon, IconButton, Kbd, Mark, preloadDialogs } from "@/components";
import { cx } from "@/lib/cx";
import { useShortcut } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { preloadable, whenIdle } from "@/lib/preloadable";
import { meQuery, useCan, useMe } from "@/lib/session";

import { NotPermitted } from "./boundaries";
import { OrgSwitcher } from "./org-switcher";
import { preloadSignIn } from "./session-ended";
import { SideNav } from "./side-nav";
import { TestBanner } from "./test-banner";
import { UserMenu } from "./user-menu";

const palette = preloadable(async () => (await import("./palette")).Palette);

/** What opens over pages comes while nothing else is to do: it opens at once, also without a network. */
const preloadAll = () => {
  void preloadDialogs();
  void palette.preload();
  void preloadSignIn();
};

/** The frame of every page behind the sign-in. */
export function Shell() {
  const { data } = useQuery(meQuery);
  // Between signing out and the next page.
  return data ? <SignedIn /> : null;
}

function SignedIn() {
  const t = useTranslations("common");
  const [searching, setSearching] = useState(false);
  const [navigating, setNavigating] = useState(false);
  const { organization } = useMe();
  useShortcut("mod+k", () => setSearching(true));
  useEffect(() => whenIdle(preloadAll), []);
  const search = () => setSearching(true);
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15.5rem_minmax(0,1fr)]">
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-canvas md:flex">
        <div className="p-3 pb-2">
          <OrgSwitcher />
        </div>
        <div className="px-3 pb-3">
          <SearchButton onClick={search} />
        </div>
        <SideNav />
        <div className="border-t border-line p-3">
          <UserMenu />
        </div>
      </aside>

      <div className="flex min-w-0 flex-col">
        <header className="sticky top-0 z-20 flex items-center gap-2 border-b border-line bg-canvas/95 px-3 py-2 backdrop-blur md:hidden">
          <IconButton icon="menu" label={t("shell.menu")} onClick={() => setNavigating(true)} />
          <Mark size={24} />
          <span className="min-w-0 flex-1 truncate text-sm font-semibold">{organization.name}</span>
          <IconButton icon="search" label={t("palette.title")} onClick={search} />
        </header>
        <TestBanner />
        <Page />
      </div>

      <Drawer side="left" open={navigating} onOpenChange={setNavigating} title={t("nav.main")}>
        <div className="-mx-3 flex flex-col gap-3">
          <OrgSwitcher />
          <SideNav onGo={() => setNavigating(false)} />
          <div className="border-t border-line pt-3">
            <UserMenu />
          </div>
        </div>
      </Drawer>
      {searching && (
        <Suspense>
          <palette.Component onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

function SearchButton({ onClick }: { onClick: () => void }) {
  const t = useTranslations("common");
  const key = navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K";
  return (
    <button
      type="button"
      onClick={onClick}
      className="flex h-9 w-full items-center gap-2.5 rounded-control border border-line-strong bg-surface px-2.5 text-sm text-ink-faint shadow-card hover:text-ink"
    >
      <Icon name="search" size={16} />
      <span className="flex-1 text-left">{t("shell.search")}</span>
      <Kbd>{key}</Kbd>
    </button>
  );
}

function Page() {
  const can = useCan();
  const { organization } = useMe();
  const t = useTranslations("common");
  const data = useMatches({ select: (matches) => matches.at(-1)?.staticData });
  const permitted = data?.permission === undefined || can(data.permission);
  return (
    <main
      id="main"
      tabIndex={-1}
      className={cx("mx-auto w-full px-4 py-6 md:px-8 md:py-8", data?.wide ? "max-w-7xl" : "max-w-4xl")}
    >
      {/* Another organization's page begins anew: its forms hold nothing of this one's. */}
      {permitted ? (
        <Outlet key={organization.id} />
      ) : (
        <NotPermitted role={t(`roles.${organization.role ?? "analyst"}`)} />
      )}
    </main>
  );
}

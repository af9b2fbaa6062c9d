import { Outlet } from "@tanstack/react-router";

import { Mark } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { LanguageMenu } from "./preferences";

/** Before the sign-in: the form, and on wide screens what Tinko is for. */
export function PublicLayout() {
  const t = useTranslations("common");
  return (
    <div className="grid min-h-dvh bg-surface lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="flex flex-col px-6 py-6 sm:px-10">
        <header className="flex items-center justify-between">
          <span className="flex items-center gap-2.5 text-lg font-semibold tracking-tight">
            <Mark />
            Tinko
          </span>
          <LanguageMenu />
        </header>
        <main id="main" tabIndex={-1} className="mx-auto my-auto w-full max-w-sm py-10">
          <Outlet />
        </main>
      </div>
      <aside className="relative hidden overflow-hidden bg-[#16133a] text-white lg:flex lg:items-center">
        <Threads />
        <div className="relative max-w-md px-14">
          <p className="text-3xl leading-tight font-semibold tracking-tight text-balance">
            {t("pitch.title")}
          </p>
          <p className="mt-4 text-base text-[#c9c5f2]">{t("pitch.text")}</p>
        </div>
      </aside>
    </div>
  );
}

/** Payments that fail, and find their way. */
function Threads() {
  const lines = Array.from({ length: 9 }, (_, index) => index);
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 600 800"
      preserveAspectRatio="xMidYMid slice"
      className="absolute inset-0 size-full opacity-60"
    >
      {lines.map((line) => (
        <path
          key={line}
          d={`M-20 ${120 + line * 18} C 180 ${90 + line * 46}, 260 ${640 - line * 12}, 620 ${560 + line * 22}`}
          fill="none"
          stroke={line === 4 ? "#fbbf24" : "#6a61ee"}
          strokeWidth={line === 4 ? 2.5 : 1.2}
          opacity={line === 4 ? 0.95 : 0.55 - Math.abs(line - 4) * 0.09}
        />
      ))}
    </svg>
  );
}

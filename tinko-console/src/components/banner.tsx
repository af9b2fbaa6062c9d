import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

import type { Tone } from "./badge";
import { Icon, type IconName } from "./icon";

const TONES: Partial<Record<Tone, [string, IconName]>> = {
  info: ["bg-info-tint text-info-text", "info"],
  warn: ["bg-warn-tint text-warn-text", "alert"],
  bad: ["bg-bad-tint text-bad-text", "alert"],
  good: ["bg-good-tint text-good-text", "check-circle"],
};

/** Something to know about the whole page. */
export function Banner({
  tone = "info",
  icon,
  action,
  square = false,
  children,
}: {
  tone?: "info" | "warn" | "bad" | "good";
  icon?: IconName;
  action?: ReactNode;
  square?: boolean;
  children: ReactNode;
}) {
  const [colors, usual] = TONES[tone] ?? ["", "info" as const];
  return (
    <div
      className={cx(
        "flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm",
        colors,
        !square && "rounded-card",
      )}
    >
      <Icon name={icon ?? usual} size={17} />
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}

import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

import { Icon, type IconName } from "./icon";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info" | "accent";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-soft",
  good: "bg-good-tint text-good-text",
  warn: "bg-warn-tint text-warn-text",
  bad: "bg-bad-tint text-bad-text",
  info: "bg-info-tint text-info-text",
  accent: "bg-accent-tint text-accent-text",
};

/** A short fact; with `icon` it also says its tone without colour. */
export function Badge({
  tone = "neutral",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ReactNode;
}) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

import type { Tone } from "./badge";
import { Icon, type IconName } from "./icon";

const DOTS: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-soft",
  good: "bg-good-tint text-good-text",
  warn: "bg-warn-tint text-warn-text",
  bad: "bg-bad-tint text-bad-text",
  info: "bg-info-tint text-info-text",
  accent: "bg-accent-tint text-accent-text",
};

/** What happened, in order; holds TimelineEntry. */
export function Timeline({ children }: { children: ReactNode }) {
  return <ol className="flex flex-col">{children}</ol>;
}

/** One thing that happened: what, when, and why below. */
export function TimelineEntry({
  icon,
  tone = "neutral",
  title,
  when,
  children,
}: {
  icon: IconName;
  tone?: Tone;
  title: ReactNode;
  when: ReactNode;
  children?: ReactNode;
}) {
  return (
    <li className="group relative flex gap-3.5 pb-6 last:pb-0">
      <span className="absolute top-8 bottom-0 left-3.75 w-px bg-line group-last:hidden" aria-hidden="true" />
      <span className={cx("grid size-7.5 shrink-0 place-items-center rounded-full", DOTS[tone])}>
        <Icon name={icon} size={15} />
      </span>
      <div className="min-w-0 flex-1 pt-1">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <p className="text-sm font-medium">{title}</p>
          <p className="text-xs text-ink-faint">{when}</p>
        </div>
        {children && <div className="mt-1 text-sm text-ink-soft">{children}</div>}
      </div>
    </li>
  );
}

/** Steps to do, in order; the present one is marked. */
export function Stepper({
  steps,
  current,
  label,
}: {
  steps: readonly { name: string; done: boolean }[];
  current: number;
  label: string;
}) {
  return (
    <ol aria-label={label} className="flex flex-wrap gap-x-6 gap-y-2">
      {steps.map((step, index) => (
        <li
          key={step.name}
          aria-current={index === current ? "step" : undefined}
          className={cx(
            "flex items-center gap-2 text-sm",
            index === current ? "font-medium" : "text-ink-soft",
          )}
        >
          <span
            className={cx(
              "grid size-6 place-items-center rounded-full text-xs font-semibold",
              step.done ? "bg-good-tint text-good-text" : "bg-sunken",
              index === current && !step.done && "!bg-accent text-accent-ink",
            )}
          >
            {step.done ? <Icon name="check" size={14} /> : index + 1}
          </span>
          {step.name}
        </li>
      ))}
    </ol>
  );
}

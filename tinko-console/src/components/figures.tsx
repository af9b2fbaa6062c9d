import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";

import { Icon } from "./icon";
import { Skeleton } from "./states";

/** A number that matters, its change against the time before, and the list behind it (`link`). */
export function StatTile({
  label,
  value,
  change,
  goodWhen = "up",
  hint,
  link,
  loading = false,
  children,
}: {
  label: string;
  value: ReactNode;
  /** Relative change: 0.12 is 12 % more; null if there is nothing to compare with. */
  change?: number | null;
  goodWhen?: "up" | "down";
  hint?: ReactNode;
  link?: ReactNode;
  loading?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-card border border-line bg-surface p-5 shadow-card">
      <p className="text-sm text-ink-soft">{label}</p>
      {loading ? (
        <Skeleton className="my-1.5 h-7 w-28" />
      ) : (
        <div className="flex flex-wrap items-baseline gap-x-2.5">
          <p className="text-2xl font-semibold tracking-tight">{value}</p>
          {change !== undefined && change !== null && <Change ratio={change} goodWhen={goodWhen} />}
        </div>
      )}
      {hint && <p className="text-xs text-ink-faint">{hint}</p>}
      {children}
      {link && <div className="mt-auto pt-2 text-sm">{link}</div>}
    </div>
  );
}

function Change({ ratio, goodWhen }: { ratio: number; goodWhen: "up" | "down" }) {
  const t = useTranslations("common");
  const format = useFormat();
  if (Math.abs(ratio) < 0.0005) return <span className="text-xs text-ink-faint">{t("figures.same")}</span>;
  const up = ratio > 0;
  const amount = format.percent(Math.abs(ratio));
  return (
    <span
      className={cx(
        "inline-flex items-center gap-0.5 text-xs font-medium",
        up === (goodWhen === "up") ? "text-good-text" : "text-bad-text",
      )}
    >
      <Icon name={up ? "arrow-up" : "arrow-down"} size={13} />
      <span aria-hidden="true">{amount}</span>
      <span className="sr-only">{t(up ? "figures.more" : "figures.less", { amount })}</span>
    </span>
  );
}

/** How much of a whole. */
export function ProgressBar({
  value,
  max,
  label,
  tone = "accent",
}: {
  value: number;
  max: number;
  label: string;
  tone?: "accent" | "good" | "warn" | "bad";
}) {
  const share = max > 0 ? Math.min(100, Math.max(0, (value / max) * 100)) : 0;
  const color = { accent: "fill-accent", good: "fill-good", warn: "fill-warn", bad: "fill-bad" }[tone];
  return (
    <svg
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunken"
    >
      <rect width={share} height="4" className={color} />
    </svg>
  );
}

/** A line without axes; what it says is said in words beside it. */
export function Sparkline({ values, height = 32 }: { values: readonly number[]; height?: number }) {
  if (values.length < 2) return null;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  const points = values.map(
    (value, index) => `${(index / (values.length - 1)) * 100},${30 - ((value - least) / span) * 28}`,
  );
  return (
    <svg
      viewBox="0 0 100 32"
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="w-full"
    >
      <polygon points={`0,32 ${points.join(" ")} 100,32`} className="fill-accent-tint" />
      <polyline
        points={points.join(" ")}
        fill="none"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        className="stroke-accent"
      />
    </svg>
  );
}

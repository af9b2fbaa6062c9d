import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { useFormat } from "@/lib/format";
import { useLocale, useTranslations } from "@/lib/i18n";

import { amountOf } from "./figures";
import type { Point } from "./queries";

const SERIES = [
  ["recovered", "var(--color-good)"],
  ["still_open", "url(#hatched)"],
  ["exhausted", "var(--color-control)"],
  ["cancelled", "var(--color-line-strong)"],
] as const;

/** The chart alone, in a chunk of its own: what it says is said in words around it. */
export function Chart({
  points,
  view,
  currency,
}: {
  points: readonly Point[];
  view: "money" | "cohorts";
  currency: string;
}) {
  const format = useFormat();
  const locale = useLocale();
  const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const rows = points.map((point) => ({
    from: point.from,
    amount: amountOf(point.income.received, currency),
    recovered: point.cohort.recovered.count,
    still_open: point.cohort.still_open.count,
    exhausted: point.cohort.exhausted.count,
    cancelled: point.cohort.cancelled.count,
  }));
  const ink = { fontSize: 12, fill: "var(--color-ink-faint)" };
  const bars = { isAnimationActive: false, maxBarSize: 36 };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={rows} accessibilityLayer={false} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
        <defs>
          <pattern
            id="hatched"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" fill="var(--color-info-tint)" />
            <rect width="2" height="6" fill="var(--color-info-text)" />
          </pattern>
        </defs>
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="from"
          tickFormatter={(at: string) => short.format(new Date(`${at}T12:00:00`))}
          tick={ink}
          tickLine={false}
          axisLine={{ stroke: "var(--color-line)" }}
          minTickGap={28}
          interval="preserveStartEnd"
        />
        <YAxis
          width={view === "money" ? 58 : 36}
          tickFormatter={(value: number) =>
            view === "money" ? format.money(value, currency, true) : format.number(value)
          }
          tick={ink}
          tickLine={false}
          axisLine={false}
          allowDecimals={false}
        />
        <Tooltip
          cursor={{ fill: "var(--color-hover)" }}
          isAnimationActive={false}
          content={({ active, label }) => {
            const point = points.find((each) => each.from === label);
            return active && point ? <Tip point={point} view={view} currency={currency} /> : null;
          }}
        />
        {view === "money" ? (
          <Bar dataKey="amount" fill="var(--color-accent)" radius={[4, 4, 0, 0]} {...bars} />
        ) : (
          SERIES.map(([name, fill]) => (
            <Bar key={name} dataKey={name} stackId="fates" fill={fill} {...bars} />
          ))
        )}
      </BarChart>
    </ResponsiveContainer>
  );
}

function Tip({ point, view, currency }: { point: Point; view: "money" | "cohorts"; currency: string }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  return (
    <div className="rounded-control border border-line bg-surface px-3 py-2 text-xs shadow-raised">
      <p className="mb-1 text-ink-soft">{format.date(`${point.from}T12:00:00`)}</p>
      {view === "money" ? (
        <p className="text-sm font-semibold">
          {format.money(amountOf(point.income.received, currency), currency)}
        </p>
      ) : (
        SERIES.map(([name]) => (
          <p key={name} className="flex justify-between gap-4">
            <span className="text-ink-soft">{t(`fates.${name}`)}</span>
            <span className="font-semibold">{format.number(point.cohort[name].count)}</span>
          </p>
        ))
      )}
    </div>
  );
}

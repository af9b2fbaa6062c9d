import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { countsOf, type Behind, type Fate } from "./figures";
import { ListLink } from "./list-link";
import type { Asked, Cohort } from "./queries";

/** The look of each fate; what is open is hatched, so that it never passes for won or lost. */
export const LOOKS: Record<Fate, string> = {
  recovered: "bg-good",
  still_open:
    "bg-info-tint bg-[repeating-linear-gradient(135deg,var(--color-info-text)_0_2px,transparent_2px_5px)]",
  exhausted: "bg-control",
  cancelled: "bg-line-strong",
};

/** One bar for a cohort; `most` is what the whole width stands for. */
export function FateBar({ cohort, most, slim = false }: { cohort: Cohort; most: number; slim?: boolean }) {
  return (
    <div
      aria-hidden="true"
      className={cx("flex w-full gap-px overflow-hidden rounded-full bg-sunken", slim ? "h-2" : "h-2.5")}
    >
      {countsOf(cohort).map(
        ({ name, count }) =>
          count > 0 && (
            <span
              key={name}
              className={cx("h-full transition-[width] duration-300", LOOKS[name])}
              style={{ width: `${(count / Math.max(most, 1)) * 100}%` }}
            />
          ),
      )}
    </div>
  );
}

/** What the bar's parts are, each with its number and its list. */
export function FateLegend({ cohort, asked, behind }: { cohort: Cohort; asked: Asked; behind?: Behind }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft">
      {countsOf(cohort)
        .filter(({ name, count }) => count > 0 || name === "recovered" || name === "still_open")
        .map(({ name, status, count }) => (
          <li key={name} className="flex min-h-6 items-center gap-1.5">
            <span aria-hidden="true" className={cx("size-2.5 rounded-[3px]", LOOKS[name])} />
            <ListLink asked={asked} behind={{ ...behind, status }} className="py-1">
              {t(`fates.${name}`)} <span className="font-semibold text-ink">{format.number(count)}</span>
            </ListLink>
          </li>
        ))}
    </ul>
  );
}

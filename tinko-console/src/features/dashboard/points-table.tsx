import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { amountOf } from "./figures";
import { ListLink } from "./list-link";
import type { Asked, Point } from "./queries";
import type { Step } from "./search";

const CELL = "px-3 py-1.5 whitespace-nowrap";

/** The chart's numbers, newest first; the counts lead to their lists. */
export function PointsTable({
  points,
  step,
  asked,
  currency,
}: {
  points: readonly Point[];
  step: Step;
  asked: Asked;
  currency: string;
}) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const numbers = [t("overTime.amount"), t("overTime.failed"), t("fates.recovered"), t("fates.still_open")];
  return (
    <div role="region" aria-label={t("overTime.caption")} className="mt-2 max-h-80 overflow-auto">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{t("overTime.caption")}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b border-line text-xs text-ink-faint">
            <th scope="col" className={`${CELL} text-left font-medium`}>
              {t(`overTime.${step}`)}
            </th>
            {numbers.map((name) => (
              <th key={name} scope="col" className={`${CELL} text-right font-medium`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => {
            const here = { ...asked, from: point.from, to: point.to };
            const { failed, recovered, still_open: open } = point.cohort;
            return (
              <tr key={point.from} className="border-b border-line last:border-0">
                <th scope="row" className={`${CELL} text-left font-normal`}>
                  {format.date(`${point.from}T12:00:00`)}
                </th>
                <td className={`${CELL} text-right`}>
                  {format.money(amountOf(point.income.received, currency), currency)}
                </td>
                <td className={`${CELL} text-right`}>
                  <ListLink asked={here}>{format.number(failed.count)}</ListLink>
                </td>
                <td className={`${CELL} text-right`}>
                  <ListLink asked={here} behind={{ status: "recovered" }}>
                    {format.number(recovered.count)}
                  </ListLink>
                </td>
                <td className={`${CELL} text-right`}>
                  <ListLink asked={here} behind={{ status: "open" }}>
                    {format.number(open.count)}
                  </ListLink>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

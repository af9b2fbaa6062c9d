import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";

import { Card, QueryView, Skeleton } from "@/components";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { amountOf } from "./figures";
import { PointsTable } from "./points-table";
import { timeseriesQuery, type Asked, type Point } from "./queries";
import { shift, stepOf, useDashboardSearch, without, type DashboardSearch, type Period } from "./search";

const Chart = lazy(async () => ({ default: (await import("./chart")).Chart }));

/** Money by the day it came, or failures by what became of them; a chart, and the same as a table. */
export function OverTime({ asked, period, currency }: { asked: Asked; period: Period; currency: string }) {
  const t = useTranslations("dashboard");
  const step = stepOf(period);
  const query = useQuery(timeseriesQuery(asked, step));
  const view = useDashboardSearch().view ?? "money";
  return (
    <Card
      title={t("overTime.title")}
      description={t(view === "money" ? "overTime.moneyText" : "overTime.cohortsText")}
      actions={
        <nav aria-label={t("overTime.view")} className="flex rounded-control border border-line p-0.5">
          <Choice chosen={view === "money"} view={undefined}>
            {t("overTime.money")}
          </Choice>
          <Choice chosen={view === "cohorts"} view="cohorts">
            {t("overTime.cohorts")}
          </Choice>
        </nav>
      }
    >
      <QueryView query={query} skeleton={<Skeleton className="h-64" />}>
        {({ points }) => (
          <>
            <Picture points={points} view={view} currency={currency} />
            <details className="mt-3 text-sm">
              <summary className="inline-flex min-h-6 items-center text-ink-soft hover:text-ink">
                {t("overTime.table")}
              </summary>
              <PointsTable points={points} step={step} asked={asked} currency={currency} />
            </details>
          </>
        )}
      </QueryView>
    </Card>
  );
}

function Choice({
  chosen,
  view,
  children,
}: {
  chosen: boolean;
  view: "cohorts" | undefined;
  children: ReactNode;
}) {
  return (
    <Link
      to="/"
      replace
      resetScroll={false}
      search={(now: DashboardSearch) => ({ ...without(now, "view"), ...(view ? { view } : {}) })}
      aria-current={chosen ? "true" : undefined}
      className={cx(
        "flex min-h-7 items-center rounded-md px-2.5 text-xs font-medium",
        chosen ? "bg-accent-tint text-accent-text" : "text-ink-soft hover:text-ink",
      )}
    >
      {children}
    </Link>
  );
}

type View = "money" | "cohorts";

function Picture({ points, view, currency }: { points: Point[]; view: View; currency: string }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const day = (at: string) => format.date(`${at}T12:00:00`);
  const sum = (of: (point: Point) => number) => points.reduce((total, point) => total + of(point), 0);
  const amount = sum((point) => amountOf(point.income.received, currency));
  const failed = sum((point) => point.cohort.failed.count);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || (view === "money" ? amount : failed) === 0) {
    return (
      <p className="grid h-64 place-items-center text-sm text-ink-soft">
        {t(view === "money" ? "overTime.none" : "overTime.noneFailed")}
      </p>
    );
  }
  const label = t("overTime.chart", {
    from: day(first.from),
    to: day(shift(last.to, -1)),
    amount: format.money(amount, currency),
    failed: format.number(failed),
    recovered: format.number(sum((point) => point.cohort.recovered.count)),
  });
  return (
    <div role="img" aria-label={label} className="h-64">
      <Suspense fallback={<Skeleton className="h-64" />}>
        <Chart points={points} view={view} currency={currency} />
      </Suspense>
    </div>
  );
}

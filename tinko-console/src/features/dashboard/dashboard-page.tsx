import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { ErrorState, PageHeader, PageSkeleton } from "@/components";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useDebounced, useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useLive } from "@/lib/live";
import { useMe } from "@/lib/session";

import { NeedsPerson } from "./attention";
import { Filters } from "./filters";
import { FirstRecovery, FirstStepsLeft, QuietPeriod } from "./first-steps";
import { Funnel } from "./funnel";
import { Numbers } from "./numbers";
import { OverTime } from "./over-time";
import { Parts } from "./parts";
import { askedOf, kpisQuery } from "./queries";
import { periodOf, shift, useDashboardSearch, type Period } from "./search";
import { TimeToRecover } from "./time-to-recover";

const SETTLED = 2_000;

/** The figures in the wished currency, or in the first one that there is any money in. */
function useFigures(period: Period) {
  const search = useDashboardSearch();
  const { organization } = useMe();
  const compare = search.compare !== "off";
  const wished = search.currency ?? organization.currency ?? undefined;
  const first = useQuery(kpisQuery(askedOf(period, wished), compare));
  const known = first.data?.currencies ?? [];
  const currency = wished !== undefined && known.includes(wished) ? wished : (known[0] ?? wished);
  const asked = askedOf(period, currency);
  const query = useQuery({ ...kpisQuery(asked, compare), enabled: first.data !== undefined });
  return { first, query, asked, currency: currency ?? "USD", known };
}

/** How much came back, what is still open, what needs a person. */
export function DashboardPage() {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const search = useDashboardSearch();
  const period = periodOf(search, useNow());
  const { first, query, asked, currency, known } = useFigures(period);
  useLive("recoveries", "charges");
  useFollowUp(query.data);

  const kpis = query.data;
  const error = kpis === undefined ? (first.error ?? query.error) : null;
  const never = first.data?.currencies.length === 0;
  const day = (at: string) => format.date(`${at}T12:00:00`);
  return (
    <>
      <PageHeader
        title={t("title")}
        description={
          never ? undefined : t("range", { from: day(period.from), to: day(shift(period.until, -1)) })
        }
        actions={!never && <Filters period={period} currency={currency} currencies={known} />}
      />
      {error ? (
        <ErrorState error={error} onRetry={() => void first.refetch()} />
      ) : kpis === undefined ? (
        <PageSkeleton />
      ) : never ? (
        <FirstRecovery />
      ) : (
        <div
          className={cx("flex flex-col gap-4 transition-opacity", query.isPlaceholderData && "opacity-60")}
        >
          <FirstStepsLeft />
          {kpis.figures.cohort.failed.count + kpis.figures.income.received.count === 0 ? (
            <>
              <NeedsPerson />
              <QuietPeriod period={period} />
            </>
          ) : (
            <>
              <Numbers kpis={kpis} asked={asked} period={period} currency={currency} />
              <div className="grid gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
                <NeedsPerson />
                <OverTime asked={asked} period={period} currency={currency} />
              </div>
              <div className="grid gap-4 lg:grid-cols-2">
                <Parts asked={asked} by="category" />
                <div className="flex min-w-0 flex-col gap-4 *:last:grow">
                  <Parts asked={asked} by="gateway" />
                  <TimeToRecover time={kpis.figures.time_to_recover} />
                </div>
              </div>
              <Funnel stages={kpis.figures.funnel} asked={asked} />
            </>
          )}
        </div>
      )}
    </>
  );
}

/** What stands below the first figures is asked for anew when these changed and have come to rest. */
function useFollowUp(figures: unknown): void {
  const client = useQueryClient();
  const settled = useDebounced(figures, SETTLED);
  const last = useRef<unknown>(undefined);
  useEffect(() => {
    // The first figures came together with the rest.
    if (last.current !== undefined) void client.invalidateQueries({ queryKey: ["analytics"] });
    last.current = settled;
  }, [client, settled]);
}

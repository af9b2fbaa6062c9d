import { Card } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import type { Kpis } from "./queries";

type Time = Kpis["figures"]["time_to_recover"];

/** How long money took: the median in words, and how it spreads. */
export function TimeToRecover({ time }: { time: Time }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const used = time.buckets.map((bucket) => bucket.count > 0);
  const buckets = time.buckets.slice(0, used.lastIndexOf(true) + 1);
  const shown = buckets.slice(Math.max(0, used.indexOf(true) - 1));
  const only = shown.at(-1);
  const words =
    time.count === 1 && only
      ? t(only.to_seconds === null ? "time.oneOver" : "time.one", {
          from: format.duration(only.from_seconds),
          to: format.duration(only.to_seconds ?? 0),
        })
      : t("time.median", { duration: format.duration(time.median_seconds ?? 0) });
  return (
    <Card title={t("time.title")} description={t("time.text")}>
      {time.count === 0 || time.median_seconds === null ? (
        <p className="text-sm text-ink-soft">{t("time.empty")}</p>
      ) : (
        <>
          <p className="text-lg font-semibold tracking-tight">{words}</p>
          {time.count > 1 && <Spread buckets={shown} />}
        </>
      )}
    </Card>
  );
}

/** How many took how long. */
function Spread({ buckets }: { buckets: Time["buckets"] }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  return (
    <ol className="mt-4 flex items-end gap-1.5">
      {buckets.map((bucket) => {
        const label =
          bucket.to_seconds === null
            ? t("time.over")
            : t("time.upTo", { duration: format.duration(bucket.to_seconds) });
        return (
          <li key={bucket.from_seconds} className="group flex min-w-0 flex-1 flex-col items-center gap-1.5">
            <span className="sr-only">{t("time.bucket", { label, count: bucket.count })}</span>
            <span aria-hidden="true" className="text-xs font-medium text-ink-soft">
              {bucket.count > 0 ? format.number(bucket.count) : ""}
            </span>
            <span aria-hidden="true" className="flex h-24 w-full items-end rounded-md bg-sunken">
              <span
                className="w-full rounded-md bg-accent transition-[height] duration-300"
                style={{ height: `${(bucket.count / most) * 100}%` }}
              />
            </span>
            <span
              aria-hidden="true"
              className="text-xs whitespace-nowrap text-ink-faint max-sm:group-odd:invisible"
            >
              {bucket.to_seconds === null ? "…" : `< ${format.duration(bucket.to_seconds)}`}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

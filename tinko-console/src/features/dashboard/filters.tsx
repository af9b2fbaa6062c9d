import { useNavigate } from "@tanstack/react-router";
import { useId } from "react";

import { CheckboxBox, Input, Select } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { PERIODS, shift, useDashboardSearch, without, type DashboardSearch, type Period } from "./search";

/** Period, currency and comparison; all in the URL. */
export function Filters({
  period,
  currency,
  currencies,
}: {
  period: Period;
  currency: string;
  currencies: readonly string[];
}) {
  const t = useTranslations("dashboard");
  const search = useDashboardSearch();
  const navigate = useNavigate();
  const compareId = useId();
  const change = (next: DashboardSearch) => void navigate({ to: "/", search: next, replace: true });
  const last = shift(period.until, -1);

  const choose = (value: string) => {
    const rest = without(search, "period", "from", "to");
    if (value === "custom") return change({ ...rest, from: period.from, to: last });
    change({ ...rest, ...(value === "30" ? {} : { period: Number(value) }) });
  };
  return (
    <div role="group" aria-label={t("filters.label")} className="flex flex-wrap items-center gap-2">
      <Select
        aria-label={t("filters.period")}
        className="w-40"
        value={period.preset === null ? "custom" : String(period.preset)}
        onChange={choose}
        options={[
          ...PERIODS.map((days) => ({ value: String(days), label: t("filters.last", { days }) })),
          { value: "custom", label: t("filters.custom") },
        ]}
      />
      {period.preset === null && (
        <>
          <Input
            type="date"
            aria-label={t("filters.from")}
            className="!w-38"
            value={period.from}
            max={last}
            onChange={({ target }) =>
              target.value !== "" && change({ ...search, from: target.value, to: last })
            }
          />
          <Input
            type="date"
            aria-label={t("filters.to")}
            className="!w-38"
            value={last}
            min={period.from}
            onChange={({ target }) =>
              target.value !== "" && change({ ...search, from: period.from, to: target.value })
            }
          />
        </>
      )}
      {currencies.length > 1 && (
        <Select
          aria-label={t("filters.currency")}
          className="w-24"
          value={currency}
          onChange={(next) => change({ ...search, currency: next })}
          options={currencies.map((each) => ({ value: each, label: each }))}
        />
      )}
      <label htmlFor={compareId} className="flex min-h-9 items-center gap-2 px-1 text-sm text-ink-soft">
        <CheckboxBox
          id={compareId}
          checked={search.compare !== "off"}
          onChange={(on) => {
            const rest = without(search, "compare");
            change(on ? rest : { ...rest, compare: "off" });
          }}
        />
        {t("filters.compare")}
      </label>
    </div>
  );
}

import { CATEGORIES } from "@/lib/categories";
import { useTranslations } from "@/lib/i18n";
import { useFormat } from "@/lib/format";
import { useMe } from "@/lib/session";

import { ChoicePill, FormPill, TogglePill } from "./filter-pill";
import { AmountForm, PeriodForm } from "./filter-forms";
import { CURRENCIES, dayAfter, GATEWAYS, STATUSES, without, type FilterName, type Filters } from "./filters";
import { useWords } from "./words";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** What narrows the list: each filter is a chip once it does, and goes with its x. */
export function FilterBar({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const status = useTranslations("common");
  const set = (change: Filters) => onChange({ ...filters, ...change });
  const clear =
    (...names: FilterName[]) =>
    () =>
      onChange(without(filters, ...names));
  const some = (values: readonly string[], chosen: string | undefined) =>
    chosen === undefined || values.includes(chosen) ? values : [chosen, ...values];
  const narrowing = Object.keys(filters).length > 0;
  return (
    <div
      role="group"
      aria-label={t("filters.label")}
      className="-mx-4 flex items-center gap-2 overflow-x-auto px-4 py-1 md:mx-0 md:flex-wrap md:overflow-visible md:px-0"
    >
      <TogglePill
        name={t("filters.needsAttention")}
        on={filters.needs_attention === true}
        onChange={(on) => (on ? set({ needs_attention: true }) : clear("needs_attention")())}
      />
      <ChoicePill
        name={t("filters.status")}
        chosen={filters.status === undefined ? null : status(`status.${filters.status}`)}
        value={filters.status}
        options={STATUSES.map((value) => ({ value, label: status(`status.${value}`) }))}
        onChange={(value) => set({ status: value })}
        onClear={clear("status")}
      />
      <ChoicePill
        name={t("filters.category")}
        chosen={filters.category === undefined ? null : words.category(filters.category)}
        value={filters.category}
        options={CATEGORIES.map((value) => ({ value, label: words.category(value) }))}
        onChange={(value) => set({ category: value })}
        onClear={clear("category")}
      />
      {filters.reason !== undefined && (
        <ChoicePill
          name={t("filters.reason")}
          chosen={words.reason(filters.reason)}
          value={filters.reason}
          options={[{ value: filters.reason, label: words.reason(filters.reason) }]}
          onChange={() => undefined}
          onClear={clear("reason")}
        />
      )}
      <ChoicePill
        name={t("filters.gateway")}
        chosen={filters.gateway === undefined ? null : words.gateway(filters.gateway)}
        value={filters.gateway}
        options={some(GATEWAYS, filters.gateway).map((value) => ({ value, label: words.gateway(value) }))}
        onChange={(value) => set({ gateway: value })}
        onClear={clear("gateway")}
      />
      <MoneyPills filters={filters} onChange={onChange} />
      <PeriodPill filters={filters} onChange={onChange} />
      {narrowing && (
        <button
          type="button"
          onClick={() => onChange({})}
          className="inline-flex h-8 shrink-0 items-center rounded-full px-2 text-sm font-medium text-accent-text hover:underline"
        >
          {t("filters.clear")}
        </button>
      )}
    </div>
  );
}

function MoneyPills({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const usual = useMe().organization.currency ?? CURRENCIES[0];
  const { currency, min_amount: least, max_amount: most } = filters;
  const set = (change: Filters) => onChange({ ...without(filters, "min_amount", "max_amount"), ...change });
  const currencies = [...new Set([...(currency ? [currency] : []), usual, ...CURRENCIES])];
  const amount = () => {
    if (currency === undefined || (least === undefined && most === undefined)) return null;
    if (most === undefined) return t("filters.from", { amount: format.money(least ?? 0, currency) });
    if (least === undefined) return t("filters.upTo", { amount: format.money(most, currency) });
    return `${format.money(least, currency)} – ${format.money(most, currency)}`;
  };
  return (
    <>
      <ChoicePill
        name={t("filters.currency")}
        chosen={currency ?? null}
        value={currency}
        options={currencies.map((value) => ({ value, label: value }))}
        onChange={(value) => set({ currency: value })}
        onClear={() => onChange(without(filters, "currency"))}
      />
      <FormPill
        name={t("filters.amount")}
        chosen={amount()}
        onClear={() => onChange(without(filters, "min_amount", "max_amount"))}
      >
        {(close) => <AmountForm filters={filters} usual={usual} onChange={set} close={close} />}
      </FormPill>
    </>
  );
}

function PeriodPill({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const rest = without(filters, "from", "to");
  const first = filters.from === undefined ? undefined : format.date(`${filters.from}T12:00:00`);
  const last = filters.to === undefined ? undefined : format.date(`${dayAfter(filters.to, -1)}T12:00:00`);
  const period = () => {
    if (first !== undefined && last !== undefined) return first === last ? first : `${first} – ${last}`;
    if (first !== undefined) return t("filters.since", { day: first });
    return last === undefined ? null : t("filters.until", { day: last });
  };
  return (
    <FormPill name={t("filters.opened")} chosen={period()} onClear={() => onChange(rest)}>
      {(close) => (
        <PeriodForm filters={filters} onChange={(change) => onChange({ ...rest, ...change })} close={close} />
      )}
    </FormPill>
  );
}

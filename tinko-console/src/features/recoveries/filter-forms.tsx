import { useState } from "react";

import { Button, Field, Form, Input, Select } from "@/components";
import { decimalOf, minorOf } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import { CURRENCIES, dayAfter, type Filters } from "./filters";

type Props = { filters: Filters; onChange: (change: Filters) => void; close: () => void };

/** From how much to how much, in one currency: amounts of several are not compared. */
export function AmountForm({ filters, usual, onChange, close }: Props & { usual: string }) {
  const t = useTranslations("recoveries");
  const [currency, setCurrency] = useState<string>(filters.currency ?? usual);
  const shown = (minor: number | undefined) =>
    minor === undefined || filters.currency === undefined ? "" : decimalOf(minor, filters.currency);
  const [least, setLeast] = useState(shown(filters.min_amount));
  const [most, setMost] = useState(shown(filters.max_amount));
  const [wrong, setWrong] = useState<{ least?: string; most?: string }>({});

  const save = () => {
    const read = (text: string) => (text.trim() === "" ? undefined : minorOf(text, currency));
    const [from, to] = [read(least), read(most)];
    const refused = {
      ...(from === null ? { least: t("filters.amountWrong", { currency }) } : {}),
      ...(to === null ? { most: t("filters.amountWrong", { currency }) } : {}),
      ...(from != null && to != null && from > to ? { most: t("filters.amountOrder") } : {}),
    };
    setWrong(refused);
    if (Object.keys(refused).length > 0) return Promise.resolve();
    onChange({
      currency,
      ...(from == null ? {} : { min_amount: from }),
      ...(to == null ? {} : { max_amount: to }),
    });
    close();
    return Promise.resolve();
  };

  const currencies = [...new Set<string>([currency, usual, ...CURRENCIES])];
  return (
    <Form fields={[]} onSubmit={save} className="flex flex-col gap-3">
      {() => (
        <>
          <Field label={t("filters.currency")}>
            <Select
              value={currency}
              onChange={setCurrency}
              options={currencies.map((value) => ({ value, label: value }))}
            />
          </Field>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t("filters.least")} error={wrong.least}>
              <Input inputMode="decimal" value={least} onChange={(event) => setLeast(event.target.value)} />
            </Field>
            <Field label={t("filters.most")} error={wrong.most}>
              <Input inputMode="decimal" value={most} onChange={(event) => setMost(event.target.value)} />
            </Field>
          </div>
          <Button type="submit" look="primary" size="sm" wide>
            {t("filters.apply")}
          </Button>
        </>
      )}
    </Form>
  );
}

const SPANS = [
  ["today", 0],
  ["week", 6],
  ["month", 29],
  ["quarter", 89],
] as const;

/** From which day to which; days begin at midnight UTC, as everywhere in the numbers. */
export function PeriodForm({ filters, onChange, close }: Props) {
  const t = useTranslations("recoveries");
  const today = dayAfter(useNow(), 0);
  const [from, setFrom] = useState(filters.from ?? "");
  const [last, setLast] = useState(filters.to === undefined ? "" : dayAfter(filters.to, -1));
  const take = (first: string, until: string) => {
    onChange({ ...(first ? { from: first } : {}), ...(until ? { to: dayAfter(until, 1) } : {}) });
    close();
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-2 gap-2">
        {SPANS.map(([name, days]) => (
          <Button key={name} size="sm" onClick={() => take(dayAfter(today, -days), "")}>
            {t(`filters.spans.${name}`)}
          </Button>
        ))}
      </div>
      <Form
        fields={[]}
        onSubmit={() => Promise.resolve(take(from, last))}
        className="flex flex-col gap-3 border-t border-line pt-3"
      >
        {() => (
          <>
            <div className="grid grid-cols-1 gap-3">
              <Field label={t("filters.firstDay")}>
                <Input
                  type="date"
                  value={from}
                  max={last || undefined}
                  onChange={(e) => setFrom(e.target.value)}
                />
              </Field>
              <Field label={t("filters.lastDay")} hint={t("filters.utc")}>
                <Input
                  type="date"
                  value={last}
                  min={from || undefined}
                  onChange={(e) => setLast(e.target.value)}
                />
              </Field>
            </div>
            <Button type="submit" look="primary" size="sm" wide>
              {t("filters.apply")}
            </Button>
          </>
        )}
      </Form>
    </div>
  );
}

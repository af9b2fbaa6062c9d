import { useState } from "react";

import { Field, Input, Select } from "@/components";

import { usePolicyWords } from "./words";

const UNITS = { minutes: 1, hours: 60, days: 1440 } as const;
type Unit = keyof typeof UNITS;
const NAMES = ["minutes", "hours", "days"] as const;

const bestUnit = (minutes: number): Unit =>
  minutes > 0 && minutes % UNITS.days === 0
    ? "days"
    : minutes > 0 && minutes % UNITS.hours === 0
      ? "hours"
      : "minutes";

/** A number that may be half typed: what is no number comes out as NaN and is marked by the caller. */
export function NumberInput({
  value,
  onChange,
  suffix,
  step,
  label,
  disabled,
}: {
  value: number;
  onChange: (value: number) => void;
  suffix?: string;
  step?: string;
  label?: string;
  disabled?: boolean | undefined;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = Number.isNaN(value) ? "" : String(Number(value.toFixed(4)));
  return (
    <Input
      inputMode="decimal"
      aria-label={label}
      autoComplete="off"
      disabled={disabled}
      {...(step ? { step } : {})}
      suffix={suffix}
      value={typed ?? shown}
      onChange={(event) => {
        setTyped(event.target.value);
        const text = event.target.value.trim().replace(",", ".");
        onChange(text === "" ? NaN : Number(text));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

/** A length of time in minutes, hours or days. */
export function MinutesInput({
  label,
  value,
  onChange,
  disabled,
}: {
  label: string;
  value: number;
  onChange: (minutes: number) => void;
  disabled?: boolean | undefined;
}) {
  const { t } = usePolicyWords();
  const [unit, setUnit] = useState<Unit>(() => bestUnit(value));
  const one = UNITS[unit];
  return (
    <div className="grid grid-cols-[minmax(4.5rem,1fr)_minmax(6rem,auto)] gap-2">
      <NumberInput
        value={value / one}
        disabled={disabled}
        onChange={(many) => onChange(Math.round(many * one * 100) / 100)}
      />
      <Select
        aria-label={t("units.of", { field: label })}
        id={undefined}
        aria-describedby={undefined}
        aria-invalid={undefined}
        disabled={disabled}
        value={unit}
        onChange={(next) => {
          setUnit(next);
          if (!Number.isNaN(value)) onChange((value / one) * UNITS[next]);
        }}
        options={NAMES.map((name) => ({ value: name, label: t(`units.${name}`) }))}
      />
    </div>
  );
}

/** The same in a field of its own. */
export function MinutesField({
  label,
  hint,
  error,
  ...rest
}: {
  label: string;
  hint?: string;
  error?: string | undefined;
  value: number;
  onChange: (minutes: number) => void;
  disabled?: boolean | undefined;
}) {
  return (
    <Field label={label} hint={hint} error={error}>
      <MinutesInput label={label} {...rest} />
    </Field>
  );
}

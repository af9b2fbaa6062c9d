import { Button, Field, IconButton, RadioGroup } from "@/components";

import { MinutesField, MinutesInput, NumberInput } from "./fields";
import { BOUNDS, STRATEGIES, type Mistake, type Timing } from "./terms";
import { usePolicyWords } from "./words";

const FIRST_RUNGS = [60, 1440, 4320];

/** How often and when charges are tried again; for the policy or for one category (`at`). */
export function TimingFields({
  timing,
  at = "",
  mistakes,
  disabled,
  onChange,
}: {
  timing: Timing;
  at?: string;
  mistakes: ReadonlyMap<string, Mistake>;
  disabled: boolean;
  onChange: (part: Partial<Timing>) => void;
}) {
  const { t, format, minutes, mistakeOf } = usePolicyWords();
  const wrong = (name: keyof Timing, shown: (value: number) => string = (value) => format.number(value)) =>
    mistakeOf(mistakes.get(at + name), shown);
  return (
    <div className="flex flex-col gap-4">
      <RadioGroup
        label={t("fields.strategy")}
        value={timing.strategy}
        onChange={(strategy) =>
          onChange({
            strategy,
            ...(strategy === "ladder" && timing.ladder_minutes.length === 0
              ? { ladder_minutes: FIRST_RUNGS }
              : {}),
          })
        }
        options={[
          ...STRATEGIES.map((value) => ({
            value,
            label: t(`strategies.${value}`),
            hint: t(`strategyHints.${value}`),
            disabled,
          })),
          ...(at === ""
            ? [
                {
                  value: "timed" as never,
                  label: t("strategies.timed"),
                  hint: t("strategyHints.timed"),
                  disabled: true,
                },
              ]
            : []),
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("fields.max_retries")} hint={t("hints.max_retries")} error={wrong("max_retries")}>
          <NumberInput
            value={timing.max_retries}
            disabled={disabled}
            onChange={(max_retries) => onChange({ max_retries })}
          />
        </Field>
        <Field
          label={t("fields.jitter")}
          hint={t("hints.jitter")}
          error={wrong("jitter", (value) => format.percent(value))}
        >
          <NumberInput
            suffix="%"
            value={timing.jitter * 100}
            disabled={disabled}
            onChange={(percent) => onChange({ jitter: Math.round(percent * 100) / 10_000 })}
          />
        </Field>
      </div>
      {timing.strategy === "backoff" ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <MinutesField
            label={t("fields.initial_delay_minutes")}
            error={wrong("initial_delay_minutes", minutes)}
            value={timing.initial_delay_minutes}
            disabled={disabled}
            onChange={(initial_delay_minutes) => onChange({ initial_delay_minutes })}
          />
          <MinutesField
            label={t("fields.max_delay_minutes")}
            error={wrong("max_delay_minutes", minutes)}
            value={timing.max_delay_minutes}
            disabled={disabled}
            onChange={(max_delay_minutes) => onChange({ max_delay_minutes })}
          />
          <Field
            label={t("fields.backoff_multiplier")}
            hint={t("hints.backoff_multiplier")}
            error={wrong("backoff_multiplier")}
          >
            <NumberInput
              suffix="×"
              value={timing.backoff_multiplier}
              disabled={disabled}
              onChange={(backoff_multiplier) => onChange({ backoff_multiplier })}
            />
          </Field>
        </div>
      ) : (
        <Rungs
          rungs={timing.ladder_minutes}
          disabled={disabled}
          error={wrong("ladder_minutes")}
          onChange={(ladder_minutes) => onChange({ ladder_minutes })}
        />
      )}
    </div>
  );
}

function Rungs({
  rungs,
  disabled,
  error,
  onChange,
}: {
  rungs: number[];
  disabled: boolean;
  error: string | undefined;
  onChange: (rungs: number[]) => void;
}) {
  const { t } = usePolicyWords();
  return (
    <fieldset>
      <legend className="text-sm font-medium">{t("fields.ladder_minutes")}</legend>
      <p className="text-xs text-ink-faint">{t("hints.ladder_minutes")}</p>
      <ol className="mt-2 flex flex-col gap-2">
        {rungs.map((minutes, index) => (
          // Rungs have no name but their place.
          <li key={`${index}/${rungs.length}`}>
            <Field label={t("ladder.rung", { number: index + 1 })}>
              <div className="flex items-center gap-2">
                <div className="min-w-0 flex-1">
                  <MinutesInput
                    label={t("ladder.rung", { number: index + 1 })}
                    value={minutes}
                    disabled={disabled}
                    onChange={(next) => onChange(rungs.map((each, place) => (place === index ? next : each)))}
                  />
                </div>
                <IconButton
                  icon="trash"
                  label={t("ladder.remove", { number: index + 1 })}
                  disabled={disabled || rungs.length === 1}
                  onClick={() => onChange(rungs.filter((_, place) => place !== index))}
                />
              </div>
            </Field>
          </li>
        ))}
      </ol>
      {error && (
        <p role="alert" className="mt-1.5 text-xs text-bad-text">
          {error}
        </p>
      )}
      <Button
        look="ghost"
        size="sm"
        icon="plus"
        className="mt-2"
        disabled={disabled || rungs.length >= BOUNDS.max_retries[1]}
        onClick={() => onChange([...rungs, rungs.at(-1) ?? 60])}
      >
        {t("ladder.add")}
      </Button>
    </fieldset>
  );
}

import { useQuery } from "@tanstack/react-query";

import { Field, IconButton, Input, Select } from "@/components";
import { decimalOf, minorOf } from "@/lib/format";

import { choicesQuery } from "./queries";
import { CONDITIONS, METHODS, type Condition, type Match } from "./terms";
import { useRuleWords } from "./words";

/** Which failures the rule is about; all that is named must fit. */
export function Conditions({
  match,
  of,
  onChange,
}: {
  match: Match;
  of: (name: string) => string | undefined;
  onChange: (match: Match) => void;
}) {
  const words = useRuleWords();
  const { t } = words;
  const present = words.conditionsOf(match);
  const missing = CONDITIONS.filter((name) => match[name] === undefined);
  const drop = (name: Condition) =>
    onChange(Object.fromEntries(Object.entries(match).filter(([key]) => key !== name)));
  return (
    <div className="flex flex-col gap-3">
      {present.map((name) => (
        <div key={name} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <Field
              label={words.conditionName(name)}
              hint={hintOf(name) ? t(`conditionHints.${name as "message_like"}`) : undefined}
              error={of(`match/${name}`)}
            >
              <Control
                name={name}
                match={match}
                onChange={(value) => onChange({ ...match, [name]: value })}
              />
            </Field>
          </div>
          <IconButton
            className="mt-6.5"
            icon="trash"
            label={t("editor.removeCondition", { name: words.conditionName(name) })}
            onClick={() => drop(name)}
          />
        </div>
      ))}
      {of("match") && (
        <p role="alert" className="text-xs text-bad-text">
          {of("match")}
        </p>
      )}
      <Select
        aria-label={t("editor.addCondition")}
        value=""
        placeholder={t("editor.addCondition")}
        className="max-w-72"
        onChange={(name) =>
          onChange({
            ...match,
            [name]: name === "payment_method_type" ? "card" : name.endsWith("_amount") ? 0 : "",
            ...(name.endsWith("_amount") && match.currency === undefined ? { currency: "" } : {}),
          })
        }
        options={missing.map((name) => ({ value: name, label: words.conditionName(name) }))}
      />
    </div>
  );
}

const hintOf = (name: Condition): boolean => name === "message_like" || name === "country";

function Control({
  name,
  match,
  onChange,
}: {
  name: Condition;
  match: Match;
  onChange: (value: string | number) => void;
}) {
  const { method } = useRuleWords();
  const { data } = useQuery(choicesQuery);
  const value = match[name] ?? "";
  if (name === "payment_method_type") {
    return (
      <Select
        value={String(value)}
        onChange={onChange}
        options={(data?.payment_method_types ?? METHODS).map((each) => ({
          value: each,
          label: method(each),
        }))}
      />
    );
  }
  if (name === "min_amount" || name === "max_amount") {
    const currency = String(match.currency ?? "") || "USD";
    return <AmountInput key={currency} minor={Number(value)} currency={currency} onChange={onChange} />;
  }
  return (
    <Input
      value={value}
      autoComplete="off"
      maxLength={name === "currency" ? 3 : name === "country" ? 2 : 200}
      onChange={(event) => {
        const text = event.target.value;
        onChange(name === "currency" || name === "country" ? text.toUpperCase() : text);
      }}
    />
  );
}

function AmountInput({
  minor,
  currency,
  onChange,
}: {
  minor: number;
  currency: string;
  onChange: (minor: number) => void;
}) {
  return (
    <Input
      inputMode="decimal"
      suffix={currency}
      autoComplete="off"
      defaultValue={Number.isNaN(minor) ? "" : decimalOf(minor, currency)}
      onChange={(event) => onChange(minorOf(event.target.value, currency) ?? NaN)}
    />
  );
}

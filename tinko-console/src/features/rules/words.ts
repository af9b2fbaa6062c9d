import { CATEGORIES } from "@/lib/categories";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { CONDITIONS, KEPT, METHODS, RETRIES, type Condition, type Match } from "./terms";

const known = <T extends string>(words: readonly T[], value: unknown): T | undefined =>
  words.find((word) => word === value);

/** Rules in words. */
export function useRuleWords() {
  const t = useTranslations("rules");
  const format = useFormat();

  const category = (value: unknown) => {
    const word = known(CATEGORIES, value);
    return word ? t(`categories.${word}`) : String(value);
  };
  const hardness = (value: unknown) => t(value === "hard" ? "hardness.hard" : "hardness.soft");
  const retry = (value: unknown) => {
    const word = known(RETRIES, value);
    return word ? t(`retries.${word}`) : String(value);
  };
  const method = (value: unknown) => {
    const word = known(METHODS, value);
    return word ? t(`methods.${word}`) : String(value);
  };
  const conditionName = (name: Condition) => t(`conditions.${name}`);
  const conditionValue = (name: Condition, match: Match) => {
    const value = match[name] ?? "";
    if (name === "payment_method_type") return method(value);
    if (name === "min_amount" || name === "max_amount") {
      return format.money(Number(value), String(match.currency ?? "USD"));
    }
    return String(value);
  };
  const keptTitle = (code: string) => {
    const word = known(KEPT, code);
    return word ? t(`kept.${word}`) : code;
  };
  return {
    t,
    format,
    category,
    hardness,
    retry,
    method,
    conditionName,
    conditionValue,
    conditionsOf: (match: Match) => CONDITIONS.filter((name) => match[name] !== undefined),
    keptTitle,
    reason: (value: string) => value.replaceAll("_", " "),
  };
}

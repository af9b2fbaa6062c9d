import { CATEGORIES } from "@/lib/categories";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import type { Change } from "./queries";
import { CHANNELS, delaysOf, FIELDS, STRATEGIES, type Mistake, type Terms } from "./terms";

const known = <T extends string>(words: readonly T[], value: unknown): T | undefined =>
  words.find((word) => word === value);

/** Values and names of a policy's fields, in words. */
export function usePolicyWords() {
  const t = useTranslations("policies");
  const format = useFormat();
  const minutes = (value: number) => format.duration(value * 60);

  const valueOf = (name: string, value: unknown): string => {
    if (value === null || value === undefined) {
      if (name === "quiet_hours") return t("values.usualQuiet");
      return t(name === "link_after_attempt" ? "values.noLink" : "values.asPolicy");
    }
    if (typeof value === "boolean") return t(value ? "values.yes" : "values.no");
    if (name.endsWith("_minutes")) {
      return Array.isArray(value)
        ? (value as number[]).map(minutes).join(" → ") || t("values.none")
        : minutes(value as number);
    }
    if (name === "jitter") return format.percent(value as number);
    if (name === "window_days") return t("values.days", { count: value as number });
    if (name === "backoff_multiplier") return `×${format.number(value as number)}`;
    if (name === "link_after_attempt") return t("values.afterRetry", { count: value as number });
    if (Array.isArray(value)) {
      const names = value.map((each) => {
        const channel = known(CHANNELS, each);
        return channel ? t(`channels.${channel}`) : String(each);
      });
      return names.length > 0 ? format.list(names) : t("values.none");
    }
    const strategy = known(STRATEGIES, value);
    if (strategy) return t(`strategies.${strategy}`);
    return typeof value === "number"
      ? format.number(value)
      : typeof value === "string"
        ? value
        : JSON.stringify(value);
  };

  /** The field of a change: "Retries", "Not enough money: Retries". */
  const fieldOf = (path: string): string => {
    const [first = "", second = "", third = ""] = path.replace(/^\//, "").split("/");
    if (first === "by_category") {
      const category = known(CATEGORIES, second);
      const inner = known(FIELDS, third);
      return `${category ? t(`categories.${category}`) : second}: ${inner ? t(`fields.${inner}`) : third}`;
    }
    const field = known(FIELDS, first);
    const side = second === "start" || second === "end" ? ` (${t(`quiet.${second}`)})` : "";
    return (field ? t(`fields.${field}`) : first) + side;
  };

  const mistakeOf = (mistake: Mistake | undefined, shown: (value: number) => string = format.number) => {
    if (mistake === undefined) return undefined;
    if (mistake.kind === "bounds") {
      return t("mistakes.bounds", { least: shown(mistake.least), most: shown(mistake.most) });
    }
    return t(`mistakes.${mistake.kind}`);
  };

  /** "3 retries: after 1h, 2h, 4h." */
  const sentenceOf = (terms: Terms): string => {
    const delays = delaysOf(terms);
    if (delays.length === 0) return t("sentence.none");
    const shown = delays.slice(0, 5).map(minutes).join(", ") + (delays.length > 5 ? " …" : "");
    return t("sentence.retries", { count: delays.length, delays: shown });
  };

  return {
    t,
    format,
    minutes,
    fieldOf,
    mistakeOf,
    sentenceOf,
    before: (change: Change) => valueOf(lastOf(change.path), change.before),
    after: (change: Change) => valueOf(lastOf(change.path), change.after),
    valueOf,
  };
}

const lastOf = (path: string): string => path.split("/").at(-1) ?? path;

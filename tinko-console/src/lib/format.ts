import { useMemo } from "react";
import { useLocale } from "use-intl";

/** How many digits a currency's minor unit has (ISO 4217, as the browser knows it). */
export function exponentOf(currency: string): number {
  try {
    return (
      new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ??
      2
    );
  } catch {
    return 2;
  }
}

/** The exact decimal of an amount in minor units: 5000 INR is "50.00"; no floats on the way. */
export function decimalOf(minor: number, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = Math.abs(minor)
    .toString()
    .padStart(exponent + 1, "0");
  const sign = minor < 0 ? "-" : "";
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Reads what somebody typed as an amount; null if it is none, or finer than the currency. */
export function minorOf(typed: string, currency: string): number | null {
  const exponent = exponentOf(currency);
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(typed.replaceAll(/[\s,]/g, ""));
  if (match === null) return null;
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > exponent) return null;
  return Number((match[1] ?? "0") + fraction.padEnd(exponent, "0"));
}

/** India's numbers are grouped by lakh in its languages and in English for rupees. */
const tagOf = (locale: string, currency?: string): string =>
  locale === "en" ? (currency === "INR" ? "en-IN" : "en") : locale === "fil" ? "fil-PH" : `${locale}-IN`;

/** Money for reading; `short` says lakhs, crores, thousands, millions. */
export function formatMoney(minor: number, currency: string, locale: string, short = false): string {
  const options: Intl.NumberFormatOptions = {
    style: "currency",
    currency,
    ...(short ? { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 } : {}),
  };
  const format = new Intl.NumberFormat(tagOf(locale, currency), options);
  return format.format(decimalOf(minor, currency) as unknown as number);
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "in 3 hours", "5 minutes ago", "just now"; beyond a month the caller shows the date. */
export function formatRelative(at: Date, now: Date, locale: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const format = new Intl.RelativeTimeFormat(tagOf(locale), { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** A length of time in at most two units: "2d 3h", "45m", "12s". */
export function formatDuration(seconds: number, locale: string): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [unit, length] of [...STEPS, ["second", 1] as const]) {
    const many = Math.floor(rest / length);
    if ((many > 0 && parts.length < 2) || (unit === "second" && parts.length === 0)) {
      const options = { style: "unit", unit, unitDisplay: "narrow" } as const;
      parts.push(new Intl.NumberFormat(tagOf(locale), options).format(many));
      rest -= many * length;
    }
  }
  return parts.join(" ");
}

/** All formats in the chosen language. */
export function useFormat() {
  const locale = useLocale();
  return useMemo(() => {
    const tag = tagOf(locale);
    const date = (at: Date | string, options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(tag, options).format(new Date(at));
    return {
      money: (minor: number, currency: string, short = false) => formatMoney(minor, currency, locale, short),
      number: (value: number, options?: Intl.NumberFormatOptions) =>
        new Intl.NumberFormat(tag, options).format(value),
      percent: (ratio: number, digits = 1) =>
        new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: digits }).format(ratio),
      date: (at: Date | string) => date(at, { dateStyle: "medium" }),
      dateTime: (at: Date | string) => date(at, { dateStyle: "medium", timeStyle: "short" }),
      time: (at: Date | string) => date(at, { timeStyle: "short" }),
      dateTimeUtc: (at: Date | string) =>
        `${date(at, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" })} UTC`,
      relative: (at: Date | string, now: Date) => formatRelative(new Date(at), now, locale),
      duration: (seconds: number) => formatDuration(seconds, locale),
      list: (items: readonly string[]) => new Intl.ListFormat(tag).format(items),
    };
  }, [locale]);
}

import { useMemo } from "react";

import { useLocale } from "@/lib/i18n";

const CURRENCIES =
  "INR PHP USD EUR GBP SGD AED AUD BDT BRL CAD CHF CNY CZK DKK HKD HUF IDR ILS JPY KES KRW KWD LKR MXN MYR NGN NOK NPR NZD PKR PLN QAR RON SAR SEK THB TRY TWD VND ZAR";
const COUNTRIES =
  "IN PH US GB SG AE AT AU BD BE BR CA CH CN CZ DE DK ES FI FR HK HU ID IE IL IT JP KE KR KW LK LU MX MY NG NL NO NP NZ PK PL PT QA RO SA SE TH TR TW VN ZA";

function useNames(type: "currency" | "region", codes: string, present: string | null) {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames([locale, "en"], { type });
    const all = codes.split(" ");
    const shown = present !== null && !all.includes(present) ? [present, ...all] : all;
    return shown.map((value) => ({ value, label: `${names.of(value) ?? value} (${value})` }));
  }, [locale, type, codes, present]);
}

/** Currencies by name, the most usual first; the present one is always among them. */
export const useCurrencies = (present: string | null) => useNames("currency", CURRENCIES, present);

/** Countries by name, the most usual first; the present one is always among them. */
export const useCountries = (present: string | null) => useNames("region", COUNTRIES, present);

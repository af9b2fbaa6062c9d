import { useCallback } from "react";

import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useLocale, useTranslations } from "@/lib/i18n";

const DAY = 86_400_000;

/** Whole days from one to the other, by the viewer's calendar. */
export function daysBetween(from: Date, to: Date): number {
  const midnight = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/** "tomorrow at 09:00", "24 Nov 2026 at 09:00": a moment within a sentence. */
export function useMoment(): (at: string | Date) => string {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const locale = useLocale();
  const now = useNow();
  return useCallback(
    (at) => {
      const days = daysBetween(now, new Date(at));
      const day =
        Math.abs(days) <= 1
          ? new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")
          : format.date(at);
      return t("moment", { day, time: format.time(at) });
    },
    [t, format, locale, now],
  );
}

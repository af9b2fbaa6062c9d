import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Banner, Button, Card, Input, ProblemNote, Select, TextLink } from "@/components";
import { api, dataOf } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useCan } from "@/lib/session";

import { nextStepQuery, type Clock } from "./queries";

const HOUR = 3_600;
const UNITS = { hours: HOUR, days: 24 * HOUR, weeks: 7 * 24 * HOUR } as const;
type Unit = keyof typeof UNITS;
const MOST = 730 * 24 * HOUR;

/** Lets time pass: by an hour, a day, to the next step that is due, or as long as one likes. */
export function AdvanceCard({ clock }: { clock: Clock }) {
  const t = useTranslations("settings");
  const format = useFormat();
  const client = useQueryClient();
  const can = useCan()("test_clock:write");
  const next = useQuery(nextStepQuery);
  const [amount, setAmount] = useState("3");
  const [unit, setUnit] = useState<Unit>("days");
  const advance = useMutation({
    mutationFn: (seconds: number) =>
      dataOf(api.POST("/v1/test/clock/advance", { body: { seconds }, signal: AbortSignal.timeout(30_000) })),
    onSettled: () => {
      void client.invalidateQueries(meQuery);
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    },
  });
  const moving = clock.advancing_to !== null || advance.isPending;
  const off = !can || moving;
  const wanted = Number(amount) * UNITS[unit];
  // What is overdue waits for something else (a pause, an unknown outcome), not for time.
  const nextAt = next.data?.dueAt.find((at) => Date.parse(at) > Date.parse(clock.now)) ?? null;
  const untilNext =
    nextAt === null ? null : Math.max(1, Math.ceil((Date.parse(nextAt) - Date.parse(clock.now)) / 1_000) + 1);
  return (
    <Card title={t("testClock.advance")} description={t("testClock.advanceText")}>
      <div className="flex flex-col gap-5">
        {!can && <Banner>{t("testClock.notYours")}</Banner>}
        {advance.error && <ProblemNote error={advance.error} />}
        {advance.data && !moving && (
          <Banner tone="good" action={<TextLink to="/recoveries">{t("testClock.see")}</TextLink>}>
            {t("testClock.arrived", { time: format.dateTime(advance.data.now) })}
          </Banner>
        )}
        <div className="flex flex-wrap gap-2">
          <Button disabled={off} onClick={() => advance.mutate(HOUR)}>
            {t("testClock.hour")}
          </Button>
          <Button disabled={off} onClick={() => advance.mutate(24 * HOUR)}>
            {t("testClock.day")}
          </Button>
          <Button
            look="primary"
            icon="play"
            busy={advance.isPending}
            disabled={off || untilNext === null || untilNext > MOST}
            onClick={() => untilNext !== null && advance.mutate(untilNext)}
          >
            {t("testClock.next")}
          </Button>
        </div>
        <p className="text-sm text-ink-soft">
          {nextAt !== null
            ? t("testClock.nextAt", { time: format.dateTime(nextAt) })
            : next.data && t("testClock.nothingDue")}
        </p>
        <form
          className="flex flex-wrap items-end gap-2 border-t border-line pt-5"
          onSubmit={(event) => {
            event.preventDefault();
            advance.mutate(wanted);
          }}
        >
          <Input
            aria-label={t("testClock.howMuch")}
            inputMode="numeric"
            className="!w-20 tabular-nums"
            maxLength={4}
            value={amount}
            disabled={off}
            onChange={(event) => setAmount(event.target.value.replace(/\D/g, ""))}
          />
          <Select
            aria-label={t("testClock.unit")}
            className="w-36"
            value={unit}
            disabled={off}
            onChange={setUnit}
            options={(Object.keys(UNITS) as Unit[]).map((value) => ({
              value,
              label: t(`testClock.${value}`),
            }))}
          />
          <Button type="submit" disabled={off || wanted < 1 || wanted > MOST}>
            {t("testClock.go")}
          </Button>
        </form>
        <ul className="flex list-disc flex-col gap-1 pl-5 text-sm text-ink-soft">
          <li>{t("testClock.happens")}</li>
          <li>{t("testClock.everywhere")}</li>
          <li>{t("testClock.never")}</li>
        </ul>
      </div>
    </Card>
  );
}

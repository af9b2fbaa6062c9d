import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Icon, StatTile } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { FateBar, FateLegend } from "./fates";
import { amountOf, changeOf, FEW } from "./figures";
import { ListLink } from "./list-link";
import { currenciesQuery, type Asked, type Kpis } from "./queries";
import type { DashboardSearch, Period } from "./search";

type Shown = { kpis: Kpis; asked: Asked; period: Period; currency: string };

/** The three numbers that one looks at first. */
export function Numbers(shown: Shown) {
  return (
    <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-[1.25fr_1.1fr_0.9fr]">
      <div className="grid md:max-xl:col-span-2">
        <CameBack {...shown} />
      </div>
      <Rate {...shown} />
      <StillOpen {...shown} />
    </div>
  );
}

/** A value that changes without a jump: only its ink fades in anew. */
function Quiet({ children, className }: { children: string; className?: string }) {
  return (
    <span key={children} className={`inline-block animate-fade ${className ?? ""}`}>
      {children}
    </span>
  );
}

function CameBack({ kpis, asked, period, currency }: Shown) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const money = (minor: number) => format.money(minor, currency);
  const { income, cohort } = kpis.figures;
  const amount = amountOf(income.received, currency);
  const previous = kpis.previous?.figures;
  const known = previous && previous.income.received.count + previous.cohort.failed.count > 0;
  const before = known ? amountOf(previous.income.received, currency) : null;
  const refunded = amountOf(income.refunded, currency);
  return (
    <StatTile
      label={t("hero.label")}
      value={<Quiet className="text-4xl max-sm:text-3xl">{money(amount)}</Quiet>}
      change={
        previous && previous.income.received.count >= FEW ? changeOf(amount, before ?? undefined) : null
      }
      hint={t("hero.payments", { count: income.received.count })}
      link={kpis.currencies.length > 1 && <OtherCurrencies asked={asked} currency={currency} />}
    >
      <ul className="flex flex-col gap-1 text-sm text-ink-soft">
        {before !== null && <li>{t("hero.before", { amount: money(before), days: period.days })}</li>}
        <li>
          <ListLink
            asked={asked}
            behind={{ status: "recovered" }}
            className="inline-flex min-h-6 items-center gap-1 font-medium text-accent-text"
          >
            {t("hero.cohort", { amount: money(amountOf(cohort.recovered, currency)) })}
            <Icon name="chevron-right" size={14} />
          </ListLink>
        </li>
        {refunded > 0 && <li>{t("hero.back", { amount: money(refunded) })}</li>}
        {income.duplicates.count > 0 && <li>{t("hero.duplicates", { count: income.duplicates.count })}</li>}
      </ul>
    </StatTile>
  );
}

function OtherCurrencies({ asked, currency }: { asked: Asked; currency: string }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const { data } = useQuery(currenciesQuery(asked));
  const others = (data?.groups ?? []).filter(({ key }) => key !== currency);
  // Its place is kept, so that nothing below moves when it comes.
  return (
    <ul aria-label={t("hero.also")} className="flex min-h-7 flex-wrap gap-1.5">
      {others.map(({ key, figures }) => {
        const amount = amountOf(figures.received, key);
        return (
          <li key={key}>
            <Link
              to="/"
              search={(now: DashboardSearch) => ({ ...now, currency: key })}
              className="inline-flex h-7 items-center rounded-full border border-line bg-sunken px-2.5 text-xs font-medium text-ink-soft hover:border-line-strong hover:text-ink"
            >
              {format.money(amount, key, true)}
              <span className="sr-only">
                {t("hero.show", { currency: key, amount: format.money(amount, key) })}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function Rate({ kpis, asked, period }: Shown) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const { cohort } = kpis.figures;
  const { failed, recovered } = cohort;
  const earlier = kpis.previous?.figures.cohort;
  const before = earlier && earlier.failed.count >= FEW ? earlier.recovery_rate : null;
  const counts = t("rate.of", {
    recovered: format.number(recovered.count),
    failed: format.number(failed.count),
  });
  const few = failed.count < FEW;
  const notes: ReactNode[] = [
    few ? null : t("rate.hint", { failed: failed.count }),
    (cohort.still_open_rate ?? 0) > 0 &&
      !few &&
      t("rate.open", { percent: format.percent(cohort.still_open_rate ?? 0) }),
    before !== null && t("rate.before", { rate: format.percent(before), days: period.days }),
  ].filter(Boolean);
  return (
    <StatTile
      label={t("rate.label")}
      value={
        <Quiet>{failed.count === 0 ? "–" : few ? counts : format.percent(cohort.recovery_rate ?? 0)}</Quiet>
      }
      hint={few && t("rate.hint", { failed: failed.count })}
      link={<FateLegend cohort={cohort} asked={asked} />}
    >
      <div role="img" aria-label={`${t("rate.bar")}: ${counts}`} className="py-1.5">
        <FateBar cohort={cohort} most={failed.count} />
      </div>
      <ul className="flex flex-col gap-1 text-sm text-ink-soft">
        {notes.map((note, index) => (
          <li key={index}>{note}</li>
        ))}
      </ul>
    </StatTile>
  );
}

function StillOpen({ kpis, asked, currency }: Shown) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const open = kpis.figures.cohort.still_open;
  return (
    <StatTile
      label={t("open.label")}
      value={<Quiet>{format.money(amountOf(open, currency), currency)}</Quiet>}
      hint={t("open.count", { count: open.count })}
      link={
        open.count > 0 && (
          <ListLink
            asked={asked}
            behind={{ status: "open" }}
            className="inline-flex min-h-6 items-center gap-1 font-medium text-accent-text"
          >
            {t("open.link")}
            <Icon name="chevron-right" size={14} />
          </ListLink>
        )
      }
    >
      {open.count > 0 && <p className="text-sm text-ink-soft">{t("open.hint")}</p>}
    </StatTile>
  );
}

import { useMutation } from "@tanstack/react-query";

import { Banner, Button, Card, DateTime, Money, ProblemNote, Skeleton } from "@/components";

import { simulate, type Simulation } from "./queries";
import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

const LIMITS = ["fails", "within", "unknown", "card"] as const;
type Money_ = Simulation["by_currency"][number];

/** The draft on the organization's own history, with what that can and cannot know. */
export function HistoryPart({ editor }: { editor: Editor }) {
  const { t } = usePolicyWords();
  const run = useMutation({ mutationFn: () => simulate(editor.terms) });
  return (
    <div className="flex max-w-4xl flex-col gap-5">
      <Card
        title={t(editor.differs ? "history.title" : "history.titlePublished")}
        description={t("history.lead")}
        actions={
          <Button
            look="primary"
            icon="play"
            busy={run.isPending}
            disabled={editor.mistakes.size > 0}
            onClick={() => run.mutate()}
          >
            {t(run.data ? "history.again" : "history.run")}
          </Button>
        }
      >
        {run.isPending ? (
          <div aria-busy="true">
            <Skeleton className="h-28" />
          </div>
        ) : run.error ? (
          <ProblemNote error={run.error} />
        ) : run.data ? (
          <Result found={run.data} />
        ) : (
          <p className="text-sm text-ink-soft">{t("history.notYet")}</p>
        )}
      </Card>
      <Card title={t("history.limitsTitle")}>
        <ul className="flex list-disc flex-col gap-1.5 pl-5 text-sm text-ink-soft marker:text-ink-faint">
          {LIMITS.map((name) => (
            <li key={name}>{t(`history.limits.${name}`)}</li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

function Result({ found }: { found: Simulation }) {
  const { t, format } = usePolicyWords();
  if (found.seen === 0) return <Banner>{t("history.nothing")}</Banner>;
  const { charges, payers } = found;
  return (
    <div className="flex flex-col gap-5">
      <p className="text-sm text-ink-soft">
        {t("history.seen", { count: found.seen })}
        {found.oldest_at && (
          <>
            {" "}
            {t("history.since")} <DateTime at={found.oldest_at} absolute />.
          </>
        )}{" "}
        {found.bounded && t("history.bounded", { most: found.most })}
      </p>
      <dl className="grid gap-3 sm:grid-cols-2">
        <Fact
          name={t("history.charges")}
          now={format.number(charges.made)}
          next={format.number(charges.planned)}
          hint={t("history.chargesHint", { more: charges.more, fewer: charges.fewer })}
        />
        <Fact
          name={t("history.asked")}
          now={format.number(payers.asked)}
          next={format.number(payers.asked_by_draft)}
          hint={t("history.askedHint")}
        />
      </dl>
      <div>
        <h3 className="text-sm font-semibold">{t("history.money")}</h3>
        <p className="text-xs text-ink-soft">{t("history.moneyHint")}</p>
        <ul className="mt-3 flex flex-col gap-4">
          {found.by_currency.map((each) => (
            <Bounds key={each.currency} money={each} />
          ))}
        </ul>
        <p className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft">
          <span className="flex items-center gap-1.5">
            <span className="h-2 w-4 rounded-full bg-chart-2" />
            {t("history.within")}
          </span>
          <span className="flex items-center gap-1.5">
            <span className="h-2 w-4 rounded-full border border-dashed border-chart-2 bg-chart-2/25" />
            {t("history.open")}
          </span>
        </p>
      </div>
      {found.rules.length > 0 && (
        <div>
          <h3 className="text-sm font-semibold">{t("history.rules")}</h3>
          <ul className="mt-2 flex flex-wrap gap-2 text-xs">
            {found.rules.map((each) => (
              <li key={each.rule} className="rounded-full bg-sunken px-2.5 py-1">
                <code className="font-mono">{each.rule}</code>{" "}
                <span className="text-ink-soft">{t("history.recoveries", { count: each.recoveries })}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Fact({ name, now, next, hint }: { name: string; now: string; next: string; hint: string }) {
  const { t } = usePolicyWords();
  return (
    <div className="rounded-control border border-line p-3.5">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="mt-1">
        <span className="text-lg font-semibold">{next}</span>{" "}
        <span className="text-sm text-ink-soft">{t("history.insteadOf", { now })}</span>
        <span className="block text-xs text-ink-soft">{hint}</span>
      </dd>
    </div>
  );
}

function Bounds({ money }: { money: Money_ }) {
  const { t } = usePolicyWords();
  const all = Math.max(money.came_back.amount, 1);
  const low = (money.low.amount / all) * 100;
  return (
    <li>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <span className="font-medium">
          {t.rich("history.range", {
            low: () => <Money minor={money.low.amount} currency={money.currency} />,
            high: () => <Money minor={money.high.amount} currency={money.currency} />,
          })}
        </span>
        <span className="text-xs text-ink-soft">
          {t("history.counts", {
            within: money.within.count,
            later: money.later.count,
            notReached: money.not_reached.count,
          })}
        </span>
      </div>
      <div
        aria-hidden="true"
        className="mt-1 flex h-2.5 overflow-hidden rounded-full border border-dashed border-chart-2 bg-chart-2/20"
      >
        <div className="bg-chart-2" style={{ width: `${low}%` }} />
      </div>
    </li>
  );
}

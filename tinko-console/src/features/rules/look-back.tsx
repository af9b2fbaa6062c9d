import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { Banner, Card, DateTime, Icon, Money, ProblemNote, Skeleton, TextLink } from "@/components";
import { cx } from "@/lib/cx";
import { useDebounced } from "@/lib/hooks";

import { lookBackQuery, type LookBack } from "./queries";
import { canBeTried, type RuleTerms } from "./terms";
import { VerdictLine } from "./verdict-line";
import { Warnings } from "./warnings";
import { useRuleWords } from "./words";

/** What the draft would have done in the last 30 days. */
export function LookBackCard({ terms, position }: { terms: RuleTerms; position: number }) {
  const { t } = useRuleWords();
  const settled = useDebounced({ terms, position }, 400);
  const ready = canBeTried(settled.terms);
  const named = { ...settled.terms, name: settled.terms.name.trim() || "Draft" };
  const query = useQuery({
    ...lookBackQuery(named, settled.position, ready),
    placeholderData: keepPreviousData,
  });
  return (
    <Card title={t("lookBack.title")} description={t("lookBack.lead")}>
      {!ready ? (
        <p className="text-sm text-ink-soft">{t("lookBack.notYet")}</p>
      ) : query.error ? (
        <ProblemNote error={query.error} />
      ) : query.data ? (
        <div aria-live="polite" className={cx("transition-opacity", query.isPlaceholderData && "opacity-60")}>
          <Found found={query.data} />
        </div>
      ) : (
        <div aria-busy="true" className="flex flex-col gap-3">
          <Skeleton className="h-8 w-40" />
          <Skeleton />
          <Skeleton />
        </div>
      )}
    </Card>
  );
}

function Found({ found }: { found: LookBack }) {
  const words = useRuleWords();
  const { t } = words;
  const changed = found.by_currency.reduce((sum, each) => sum + each.changed, 0);
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="text-2xl font-semibold tracking-tight">
          {t("lookBack.failures", { count: found.matched })}
        </p>
        <p className="text-sm text-ink-soft">
          {t("lookBack.of", { seen: found.seen, changed })}{" "}
          {found.bounded && found.reaches_back_to && (
            <>
              {t("lookBack.bounded")} <DateTime at={found.reaches_back_to} absolute />.
            </>
          )}
        </p>
      </div>
      {found.hidden > 0 && <Banner tone="warn">{t("lookBack.hidden", { count: found.hidden })}</Banner>}
      <Warnings warnings={found.warnings} counted />
      {found.by_currency.length > 0 && (
        <ul className="flex flex-wrap gap-x-6 gap-y-2">
          {found.by_currency.map((each) => (
            <li key={each.currency} className="text-sm">
              <Money minor={each.matched_amount} currency={each.currency} className="font-semibold" />
              <span className="block text-xs text-ink-soft">
                {t("lookBack.failures", { count: each.matched })}
              </span>
            </li>
          ))}
        </ul>
      )}
      {found.moves.length > 0 && (
        <section>
          <h3 className="text-xs font-medium text-ink-faint">{t("lookBack.moves")}</h3>
          <ul className="mt-1.5 flex flex-col gap-1.5 text-sm">
            {found.moves.map((move) => (
              <li
                key={`${move.category_before}${move.hardness_before}${move.category_after}${move.hardness_after}`}
                className="flex flex-wrap items-center gap-x-2"
              >
                <span className="min-w-8 font-semibold tabular-nums">{words.format.number(move.count)}</span>
                <span className="text-ink-soft">
                  {words.category(move.category_before)}, {words.hardness(move.hardness_before)}
                </span>
                <Icon name="arrow-right" size={14} className="text-ink-faint" />
                <span>
                  {words.category(move.category_after)}, {words.hardness(move.hardness_after)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.examples.length > 0 && <Examples found={found} />}
    </div>
  );
}

function Examples({ found }: { found: LookBack }) {
  const { t } = useRuleWords();
  return (
    <section>
      <h3 className="text-xs font-medium text-ink-faint">{t("lookBack.examples")}</h3>
      <ul className="mt-1.5 divide-y divide-line rounded-control border border-line">
        {found.examples.slice(0, 5).map((each) => (
          <li key={each.event_id} className="flex flex-col gap-1 px-3 py-2.5 text-sm">
            <p className="flex flex-wrap items-baseline justify-between gap-x-3">
              <TextLink to="/recoveries/$id" params={{ id: each.recovery_id }} className="break-all">
                {each.transaction_ref}
              </TextLink>
              <span>
                <Money minor={each.amount} currency={each.currency} />{" "}
                <span className="text-xs text-ink-faint">
                  <DateTime at={each.received_at} />
                </span>
              </span>
            </p>
            <p className="font-mono text-xs break-all text-ink-soft">
              {each.failure_code ?? each.failure_reason}
            </p>
            <VerdictLine verdict={each.after} />
          </li>
        ))}
      </ul>
    </section>
  );
}

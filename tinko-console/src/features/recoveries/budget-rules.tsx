import { ProgressBar } from "@/components";
import type { Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { useMoment } from "./use-moment";

type Rule = Schemas["RuleBudgetView"];

/** Each rule as a meter with words; `more` shows what it would be after so many further charges. */
export function BudgetRules({ rules, more = 0 }: { rules: readonly Rule[]; more?: number }) {
  return (
    <ul className="flex flex-col gap-4">
      {rules.map((rule) => (
        <li key={rule.rule} className="flex flex-col gap-1.5 text-sm">
          <p className="font-medium text-pretty text-ink">{rule.title}</p>
          {rule.cap > 0 && <Meter rule={rule} more={more} />}
          <RuleWords rule={rule} more={more} />
        </li>
      ))}
    </ul>
  );
}

function Meter({ rule, more }: { rule: Rule; more: number }) {
  const used = rule.used + more;
  const tone =
    rule.blocks || used > rule.cap ? "bad" : used >= rule.plan || used * 2 > rule.cap ? "warn" : "good";
  return <ProgressBar label={rule.title} value={Math.min(used, rule.cap)} max={rule.cap} tone={tone} />;
}

function RuleWords({ rule, more }: { rule: Rule; more: number }) {
  const t = useTranslations("recoveries");
  const moment = useMoment();
  const { used, cap, enforce, blocks, resets_at: resets, fee } = rule;
  const left = Math.max(0, cap - used - more);
  return (
    <p className="text-xs text-pretty text-ink-soft">
      {blocks && <strong className="font-medium text-bad-text">{t("budget.blocks")} </strong>}
      {cap > 0 && t(more > 0 ? "budget.after" : "budget.used", { used: used + more, cap, left })}{" "}
      {resets !== null && used > 0 && t(cap > 0 ? "budget.resets" : "budget.from", { when: moment(resets) })}{" "}
      {t(`budget.enforce.${enforce}`)} {fee !== null && t("budget.fee", { fee })}
    </p>
  );
}

import { Badge, CopyButton, DateTime, EmptyState, Icon, type IconName, type Tone } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { Code, FactList } from "./fact-list";
import type { Attempt, Detail } from "./queries";
import { useNames, useWords } from "./words";

const LOOKS: Record<string, readonly [Tone, IconName]> = {
  scheduled: ["info", "clock"],
  executing: ["accent", "refresh"],
  succeeded: ["good", "check-circle"],
  declined: ["bad", "x-circle"],
  requires_action: ["warn", "user"],
  unknown: ["warn", "help"],
  error: ["bad", "alert"],
  cancelled: ["neutral", "ban"],
  expired: ["neutral", "clock"],
  awaiting_payer: ["accent", "card"],
};

/** Each planned step: why it was planned, and what became of it. */
export function Attempts({ recovery }: { recovery: Pick<Detail, "attempts"> }) {
  const t = useTranslations("recoveries");
  if (recovery.attempts.length === 0) {
    return (
      <EmptyState icon="clock" title={t("attempts.none")}>
        {t("attempts.noneText")}
      </EmptyState>
    );
  }
  return (
    <ol className="flex flex-col gap-4">
      {recovery.attempts.toReversed().map((attempt) => (
        <One key={attempt.id} attempt={attempt} />
      ))}
    </ol>
  );
}

function One({ attempt }: { attempt: Attempt }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const names = useNames();
  const [tone, icon] = LOOKS[attempt.status] ?? ["neutral", "circle"];
  const { decision } = attempt;
  return (
    <li className="rounded-control border border-line p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="inline-flex items-center gap-2 font-medium">
          <Icon name={attempt.kind === "charge" ? "refresh" : "link"} size={16} className="text-ink-faint" />
          {t(attempt.kind === "charge" ? "attempts.charge" : "attempts.link", { number: attempt.number })}
        </span>
        <Badge tone={tone} icon={icon}>
          {words.attemptStatus(attempt.status)}
        </Badge>
        <span className="ml-auto text-xs text-ink-faint">
          <DateTime at={attempt.finished_at ?? attempt.started_at ?? attempt.due_at} absolute />
        </span>
      </div>
      {attempt.result_detail !== null && <p className="mt-2 text-sm">{names.plain(attempt.result_detail)}</p>}
      <div className="mt-3 border-t border-line pt-3">
        <FactList
          facts={[
            [t("attempts.why"), names.plain(decision.why)],
            [t("attempts.rule"), <Code key="rule">{decision.rule}</Code>],
            [
              t("attempts.excluded"),
              decision.excluded.length > 0 && (
                <ul key="excluded" className="flex flex-col gap-1">
                  {decision.excluded.map((each) => (
                    <li key={each}>{names.plain(each)}</li>
                  ))}
                </ul>
              ),
            ],
            [t("attempts.due"), <DateTime key="due" at={attempt.due_at} absolute />],
            [t("attempts.provider"), attempt.psp_account_id && names.account(attempt.psp_account_id)],
            [
              t("attempts.payment"),
              attempt.psp_payment_id && (
                <span key="payment" className="flex items-center gap-1">
                  <Code>{attempt.psp_payment_id}</Code>
                  <CopyButton text={attempt.psp_payment_id} />
                </span>
              ),
            ],
            [t("attempts.code"), attempt.result_code && <Code key="code">{attempt.result_code}</Code>],
          ]}
        />
      </div>
    </li>
  );
}

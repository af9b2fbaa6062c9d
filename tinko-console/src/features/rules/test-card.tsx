import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Card, Field, Input, ProblemNote } from "@/components";

import { tryRules, type Failure, type Trial } from "./queries";
import type { RuleTerms } from "./terms";
import { VerdictLine } from "./verdict-line";
import { Warnings } from "./warnings";
import { useRuleWords } from "./words";

const FACTS = ["gateway", "failure_code", "failure_reason", "failure_message"] as const;

/** Tries the rules, or a draft among them, on one failure. */
export function TestCard({
  draft,
  position,
  may,
  facts = {},
}: {
  draft: RuleTerms | null;
  position: number | null;
  may: boolean;
  facts?: Failure;
}) {
  const { t } = useRuleWords();
  const [failure, setFailure] = useState<Failure>(facts);
  const run = useMutation({
    mutationFn: () => {
      const said = Object.fromEntries(Object.entries(failure).filter(([, value]) => value.trim() !== ""));
      return tryRules(said, draft, position);
    },
  });
  return (
    <Card title={t("test.title")} description={t(draft ? "test.leadDraft" : "test.lead")}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-1">
          {FACTS.map((name) => (
            <Field key={name} label={t(`test.${name}`)}>
              <Input
                value={failure[name] ?? ""}
                placeholder={t(`test.examples.${name}`)}
                disabled={!may}
                autoComplete="off"
                onChange={(event) => setFailure({ ...failure, [name]: event.target.value })}
              />
            </Field>
          ))}
        </div>
        <Button type="submit" icon="flask" busy={run.isPending} disabled={!may}>
          {t("test.run")}
        </Button>
      </form>
      <div aria-live="polite" className="mt-4 empty:hidden">
        {run.error ? <ProblemNote error={run.error} /> : run.data ? <Result trial={run.data} /> : null}
      </div>
    </Card>
  );
}

function Result({ trial }: { trial: Trial }) {
  const { t } = useRuleWords();
  const { matched } = trial;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <div>
        <p className="text-xs text-ink-faint">{t("test.result")}</p>
        <VerdictLine verdict={trial.with} />
      </div>
      <p className="text-sm text-ink-soft">
        {matched
          ? matched.is_draft
            ? t("test.byDraft")
            : t("test.byRule", { name: matched.name, place: matched.position + 1 })
          : t("test.byTables")}
      </p>
      {matched && (
        <div>
          <p className="text-xs text-ink-faint">{t("test.tables")}</p>
          <VerdictLine verdict={trial.tables} />
        </div>
      )}
      {trial.changes && matched?.is_draft && (
        <div>
          <p className="text-xs text-ink-faint">{t("test.without")}</p>
          <VerdictLine verdict={trial.without} />
        </div>
      )}
      <Warnings warnings={trial.warnings} counted={false} />
    </div>
  );
}

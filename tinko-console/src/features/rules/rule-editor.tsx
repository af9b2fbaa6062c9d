import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import {
  Banner,
  Button,
  Card,
  Field,
  Form,
  IconButton,
  Input,
  PageHeader,
  RadioGroup,
  Select,
  toast,
} from "@/components";

import { CATEGORIES } from "@/lib/categories";
import { Conditions } from "./conditions";
import { LookBackCard } from "./look-back";
import { choicesQuery, useSaveRule, type Failure, type Rule } from "./queries";
import type { RulesSearch } from "./search";
import { RETRIES, type Match, type Retry, type RuleTerms, type Then } from "./terms";
import { TestCard } from "./test-card";
import { useRuleWords } from "./words";

const FIELDS = ["name", "match/gateway", "match/failure_code", "match/failure_reason"].concat(
  [
    "message_contains",
    "message_like",
    "network_decline_code",
    "network_advice_code",
    "min_amount",
    "max_amount",
    "currency",
    "payment_method_type",
    "country",
  ].map((name) => `match/${name}`),
  ["match", "then/reason", "then/retry", "then/cooldown_seconds"],
);

const factsOf = (search: RulesSearch): Match => ({
  ...(search.gateway ? { gateway: search.gateway } : {}),
  ...(search.code ? { failure_code: search.code } : {}),
  ...(search.reason ? { failure_reason: search.reason } : {}),
});

function begin(rule: Rule | null, search: RulesSearch): RuleTerms {
  if (rule) return { id: rule.id, name: rule.name, match: rule.match, then: rule.then as Then };
  const match = factsOf(search);
  return {
    name: [search.gateway, search.code ?? search.reason].filter(Boolean).join(" "),
    match: Object.keys(match).length > 0 ? match : { failure_code: "" },
    then: { category: "issuer_decline", hardness: "soft" },
  };
}

/** One rule: which failures, what they are, its place; what it would have done before it holds. */
export function RuleEditor({
  rule,
  rules,
  facts,
  onClose,
}: {
  rule: Rule | null;
  rules: readonly Rule[];
  facts: RulesSearch;
  onClose: () => void;
}) {
  const words = useRuleWords();
  const { t } = words;
  const [terms, setTerms] = useState<RuleTerms>(() => begin(rule, facts));
  const [position, setPosition] = useState(rule?.position ?? rules.length);
  const save = useSaveRule(rule?.id ?? null);
  const others = rules.filter((each) => each.id !== rule?.id);
  const submit = async () => {
    const { name, match, then } = terms;
    await save.mutateAsync({ name, match, then, position });
    toast(t("editor.saved", { name }));
    onClose();
  };
  const sample = useMemo<Failure>(
    () => ({
      gateway: String(terms.match.gateway ?? ""),
      failure_code: String(terms.match.failure_code ?? ""),
      failure_reason: String(terms.match.failure_reason ?? ""),
    }),
    [terms.match],
  );
  return (
    <>
      <PageHeader
        back={
          <Button look="ghost" size="sm" icon="chevron-left" className="mb-1 -ml-2.5" onClick={onClose}>
            {t("title")}
          </Button>
        }
        title={rule ? rule.name : t("editor.new")}
        description={t("editor.lead")}
      />
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        <Card>
          <Form fields={FIELDS} onSubmit={submit} className="flex flex-col gap-6">
            {({ of, busy, note }) => (
              <>
                {note}
                {!rule && facts.code && <Banner>{t("editor.prefilled")}</Banner>}
                <Field label={t("editor.name")} error={of("name")} required>
                  <Input
                    value={terms.name}
                    maxLength={120}
                    onChange={(event) => setTerms({ ...terms, name: event.target.value })}
                  />
                </Field>
                <section>
                  <h2 className="mb-1 text-sm font-semibold">{t("editor.match")}</h2>
                  <p className="mb-3 text-xs text-ink-soft">{t("editor.matchHint")}</p>
                  <Conditions
                    match={terms.match}
                    of={of}
                    onChange={(match) => setTerms({ ...terms, match })}
                  />
                </section>
                <ThenFields then={terms.then} of={of} onChange={(then) => setTerms({ ...terms, then })} />
                <Field label={t("editor.place")} hint={t("editor.placeHint")}>
                  <Select
                    value={String(position)}
                    onChange={(value) => setPosition(Number(value))}
                    options={[
                      { value: "0", label: t("editor.first") },
                      ...others.map((each, index) => ({
                        value: String(index + 1),
                        label: t("editor.after", { place: index + 1, name: each.name }),
                      })),
                    ]}
                  />
                </Field>
                <div className="flex flex-wrap justify-end gap-2 border-t border-line pt-4">
                  <Button onClick={onClose}>{t("editor.cancel")}</Button>
                  <Button type="submit" look="primary" busy={busy}>
                    {t(rule ? "editor.save" : "editor.create")}
                  </Button>
                </div>
              </>
            )}
          </Form>
        </Card>
        <div className="flex min-w-0 flex-col gap-5 xl:sticky xl:top-4">
          <LookBackCard terms={terms} position={position} />
          <TestCard draft={terms} position={position} may facts={sample} />
        </div>
      </div>
    </>
  );
}

function ThenFields({
  then,
  of,
  onChange,
}: {
  then: Then;
  of: (name: string) => string | undefined;
  onChange: (then: Then) => void;
}) {
  const words = useRuleWords();
  const { t } = words;
  const { data } = useQuery(choicesQuery);
  const set = <K extends keyof Then>(name: K, value: Then[K] | undefined) => {
    const rest = Object.fromEntries(Object.entries(then).filter(([key]) => key !== name));
    onChange({ ...rest, ...(value === undefined ? {} : { [name]: value }) } as Then);
  };
  // What is hard is never charged again by itself.
  const retries = then.hardness === "hard" ? (["payer_action", "never"] as const) : RETRIES;
  return (
    <section className="flex flex-col gap-4">
      <h2 className="text-sm font-semibold">{t("editor.then")}</h2>
      <Field label={t("editor.category")}>
        <Select
          value={then.category}
          onChange={(category) => set("category", category)}
          options={CATEGORIES.map((value) => ({ value, label: words.category(value) }))}
        />
      </Field>
      <RadioGroup
        label={t("editor.hardness")}
        value={then.hardness}
        onChange={(hardness) => {
          const { retry, ...rest } = then;
          const keeps = retry && (hardness === "soft" || retry === "payer_action" || retry === "never");
          onChange({ ...rest, hardness, ...(keeps ? { retry } : {}) });
        }}
        options={[
          { value: "soft", label: words.hardness("soft"), hint: t("hardness.softHint") },
          { value: "hard", label: words.hardness("hard"), hint: t("hardness.hardHint") },
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("editor.retry")} error={of("then/retry")}>
          <Select
            value={then.retry ?? ""}
            placeholder={t("editor.asTables")}
            onChange={(retry) => set("retry", (retry as Retry | "") || undefined)}
            options={retries.map((value) => ({ value, label: words.retry(value) }))}
          />
        </Field>
        <Field label={t("editor.reason")} error={of("then/reason")}>
          <Select
            value={then.reason ?? ""}
            placeholder={t("editor.asTables")}
            onChange={(reason) => set("reason", reason || undefined)}
            options={(data?.reasons ?? []).map((value) => ({ value, label: words.reason(value) }))}
          />
        </Field>
      </div>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <Field
            label={t("editor.cooldown")}
            hint={t("editor.cooldownHint")}
            error={of("then/cooldown_seconds")}
          >
            <Input
              inputMode="numeric"
              suffix={t("editor.hours")}
              value={then.cooldown_seconds === undefined ? "" : then.cooldown_seconds / 3_600}
              onChange={(event) => {
                const hours = Number(event.target.value.replace(/[^\d]/g, ""));
                set("cooldown_seconds", event.target.value === "" ? undefined : hours * 3_600);
              }}
            />
          </Field>
        </div>
        {then.cooldown_seconds !== undefined && (
          <IconButton
            className="mt-6.5"
            icon="x"
            label={t("editor.clearCooldown")}
            onClick={() => set("cooldown_seconds", undefined)}
          />
        )}
      </div>
    </section>
  );
}

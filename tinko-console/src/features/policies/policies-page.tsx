import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import {
  Badge,
  Button,
  Card,
  DateTime,
  Dialog,
  ErrorState,
  Field,
  Form,
  Input,
  LinkButton,
  PageHeader,
  Select,
  Skeleton,
  TextLink,
} from "@/components";
import { useCan } from "@/lib/session";

import { createPolicy, policiesQuery, useQueryOf } from "./queries";
import { termsOf, type Policy } from "./terms";
import { usePolicyWords } from "./words";

/** How recoveries are planned: the policy that holds, and the others. */
export function PoliciesPage() {
  const { t } = usePolicyWords();
  const query = useQuery(policiesQuery);
  const may = useCan()("policies:write");
  const [making, setMaking] = useState(false);
  const all = query.data?.items;
  const active = all?.find((each) => each.is_active);
  const others = all?.filter((each) => !each.is_active) ?? [];
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("lead")}
        actions={
          <Button icon="plus" disabled={!may || !all} onClick={() => setMaking(true)}>
            {t("list.new")}
          </Button>
        }
      />
      {!may && <p className="-mt-3 mb-5 text-sm text-ink-soft">{t("readOnly")}</p>}
      {query.error && !all ? (
        <Card flush>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      ) : !all ? (
        <div aria-busy="true">
          <Skeleton className="h-52 rounded-card" />
          <Skeleton className="mt-6 h-24 rounded-card" />
        </div>
      ) : (
        <>
          {active && <ActivePolicy policy={active} may={may} />}
          <section className="mt-8">
            <h2 className="text-base font-semibold">{t("list.others")}</h2>
            {others.length === 0 ? (
              <p className="mt-1 max-w-prose text-sm text-ink-soft">{t("list.noOthers")}</p>
            ) : (
              <ul className="mt-3 divide-y divide-line rounded-card border border-line bg-surface shadow-card">
                {others.map((policy) => (
                  <OtherPolicy key={policy.id} policy={policy} />
                ))}
              </ul>
            )}
          </section>
          {making && <NewPolicy policies={all} onClose={() => setMaking(false)} />}
        </>
      )}
    </>
  );
}

function ActivePolicy({ policy, may }: { policy: Policy; may: boolean }) {
  const words = usePolicyWords();
  const { t } = words;
  const use = useQuery(useQueryOf(policy.id));
  const terms = termsOf(policy);
  const facts = [
    [t("facts.delays"), words.sentenceOf(terms)],
    [t("facts.link"), words.valueOf("link_after_attempt", terms.link_after_attempt)],
    [t("facts.channels"), words.valueOf("enabled_channels", terms.enabled_channels)],
    [t("facts.window"), words.valueOf("window_days", terms.window_days)],
    [
      t("facts.quiet"),
      terms.quiet_hours ? `${terms.quiet_hours.start} – ${terms.quiet_hours.end}` : t("values.usualQuiet"),
    ],
    [t("facts.open"), use.data ? t("list.open", { count: use.data.open }) : "…"],
  ] as const;
  return (
    <section className="rounded-card border border-line bg-surface shadow-card">
      <div className="flex flex-wrap items-start justify-between gap-3 px-5 pt-4.5">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-2">
            <h2 className="text-lg font-semibold">{policy.name}</h2>
            <Badge tone="good" icon="check-circle">
              {t("badges.active")}
            </Badge>
            <Badge>{t("badges.version", { version: policy.version })}</Badge>
            {policy.has_draft && (
              <Badge tone="warn" icon="pencil">
                {t("badges.draft")}
              </Badge>
            )}
          </div>
          <p className="mt-1 text-sm text-ink-soft">
            {t("list.activeHint")} · {t("list.since")} <DateTime at={policy.updated_at} />
          </p>
        </div>
        <LinkButton
          look="primary"
          icon={may ? "pencil" : "eye"}
          to="/policies/$id"
          params={{ id: policy.id }}
        >
          {t(may ? (policy.has_draft ? "list.goOn" : "list.change") : "list.see")}
        </LinkButton>
      </div>
      <dl className="mt-4 grid gap-x-8 gap-y-4 border-t border-line px-5 py-4.5 sm:grid-cols-2 lg:grid-cols-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-ink-faint">{name}</dt>
            <dd className="mt-0.5 text-sm font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function OtherPolicy({ policy }: { policy: Policy }) {
  const words = usePolicyWords();
  const { t } = words;
  return (
    <li className="relative flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-3.5 hover:bg-hover/60">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-2">
          <TextLink
            to="/policies/$id"
            params={{ id: policy.id }}
            className="!text-ink after:absolute after:inset-0"
          >
            {policy.name}
          </TextLink>
          <Badge>{t("badges.version", { version: policy.version })}</Badge>
          {policy.has_draft && (
            <Badge tone="warn" icon="pencil">
              {t("badges.draft")}
            </Badge>
          )}
        </div>
        <p className="mt-0.5 text-sm text-ink-soft">{words.sentenceOf(termsOf(policy))}</p>
      </div>
      <span className="relative text-sm text-ink-faint">
        <DateTime at={policy.updated_at} />
      </span>
    </li>
  );
}

function NewPolicy({ policies, onClose }: { policies: Policy[]; onClose: () => void }) {
  const { t } = usePolicyWords();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [from, setFrom] = useState(policies.find((each) => each.is_active)?.id ?? policies[0]?.id ?? "");
  const submit = async () => {
    const source = policies.find((each) => each.id === from);
    if (!source) return;
    const made = await createPolicy(name, termsOf(source));
    await navigate({ to: "/policies/$id", params: { id: made.id } });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("list.new")}
      description={t("list.newHint")}
    >
      <Form fields={["name"]} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("list.name")} error={of("name")} required>
              <Input value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
            </Field>
            <Field label={t("list.copyOf")}>
              <Select
                value={from}
                onChange={setFrom}
                options={policies.map((each) => ({ value: each.id, label: each.name }))}
              />
            </Field>
            <Button type="submit" look="primary" busy={busy} wide>
              {t("list.create")}
            </Button>
          </>
        )}
      </Form>
    </Dialog>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { Banner, Button, Icon, LinkButton, ProblemNote, QueryView, Skeleton } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { Panel, Why } from "./frame";
import { policyQuery, SAMPLES, scheduleQuery, useChoose, type Policy } from "./queries";

/** The policy that there is, explained by what it does; keep it, or change it. */
export function PolicyStep({ step }: { step: { done: boolean; choice: string | null } | undefined }) {
  const t = useTranslations("onboarding");
  const navigate = useNavigate();
  const query = useQuery(policyQuery);
  const choose = useChoose();
  const may = useCan()("policies:write");
  const keep = () =>
    choose.mutate(
      { step: "policy", choice: "keep" },
      { onSuccess: () => void navigate({ to: "/onboarding", search: { step: "done" }, resetScroll: false }) },
    );
  return (
    <Panel
      title={t("policy.title")}
      text={query.data && t("policy.text", { name: query.data.name })}
      next="done"
    >
      {step?.done && (
        <Banner tone="good">{t(step.choice === "keep" ? "policy.kept" : "policy.changed")}</Banner>
      )}
      <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
        {(policy) => (
          <>
            {may ? <Schedule policy={policy} /> : <InWords policy={policy} />}
            {choose.error && <ProblemNote error={choose.error} />}
            <div className="flex flex-wrap gap-2">
              <Button look="primary" busy={choose.isPending} disabled={!may} onClick={keep}>
                {t("policy.keep")}
              </Button>
              <LinkButton to="/policies">{t("policy.change")}</LinkButton>
            </div>
            {!may && <Why>{t("may.policy")}</Why>}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function InWords({ policy }: { policy: Policy }) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  const first = policy.strategy === "ladder" ? policy.ladder_minutes[0] : policy.initial_delay_minutes;
  return (
    <p className="text-sm">
      {t("policy.inWords", {
        count: policy.max_retries,
        days: policy.window_days,
        delay: format.duration((first ?? 0) * 60),
      })}
    </p>
  );
}

function Schedule({ policy }: { policy: Policy }) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  const { organization } = useMe();
  const query = useQuery(scheduleQuery(policy, organization.currency ?? "INR"));
  return (
    <div>
      <h3 className="mb-3 text-sm font-semibold">{t("policy.schedule")}</h3>
      <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
        {({ items }) => (
          <dl className="flex flex-col divide-y divide-line rounded-card border border-line">
            {items.map((item) => {
              const sample = SAMPLES.find((each) => each === item.name);
              return (
                <div key={item.name} className="flex flex-col gap-2 px-4 py-3 sm:flex-row sm:items-baseline">
                  <dt className="w-44 shrink-0 text-sm font-medium">{sample && t(`policy.${sample}`)}</dt>
                  <dd className="flex flex-wrap items-center gap-2 text-sm">
                    {item.steps.map((each) => (
                      <span
                        key={each.number}
                        className="inline-flex items-center gap-1.5 rounded-full bg-sunken px-2.5 py-1 text-xs"
                      >
                        <Icon
                          name={each.kind === "link" ? "mail" : "refresh"}
                          size={14}
                          className="text-accent-text"
                        />
                        <span className="font-medium">{t(`policy.${each.kind}`)}</span>
                        <span className="text-ink-soft">
                          {each.offset_seconds < 60
                            ? t("policy.now")
                            : t("policy.after", { duration: format.duration(each.offset_seconds) })}
                        </span>
                      </span>
                    ))}
                    {item.end && (
                      <span className="text-xs text-ink-soft">{t(`policy.${item.end.outcome}`)}</span>
                    )}
                  </dd>
                </div>
              );
            })}
          </dl>
        )}
      </QueryView>
    </div>
  );
}

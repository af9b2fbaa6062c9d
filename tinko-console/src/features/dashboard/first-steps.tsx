import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { Card, EmptyState, Icon, LinkButton, ProgressBar } from "@/components";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import { firstStepsQuery } from "./queries";
import { shift, without, type DashboardSearch, type Period } from "./search";

function useSteps() {
  const { data } = useQuery(firstStepsQuery);
  const steps = data?.steps ?? [];
  return {
    dismissed: data?.dismissed ?? true,
    steps,
    done: steps.filter((step) => step.done).length,
    next: steps.find((step) => !step.done),
  };
}

/** Instead of a page of zeros: the way to the first recovery. */
export function FirstRecovery() {
  const t = useTranslations("dashboard");
  const { organization } = useMe();
  const { steps, done } = useSteps();
  return (
    <Card className="overflow-hidden">
      <div className="grid gap-8 p-2 sm:p-6 lg:grid-cols-[1.2fr_1fr]">
        <div className="flex flex-col items-start gap-4">
          <span className="grid size-12 place-items-center rounded-2xl bg-accent-tint text-accent-text">
            <Icon name="sparkle" size={24} />
          </span>
          <h2 className="text-2xl font-semibold tracking-tight text-balance">{t("first.title")}</h2>
          <p className="max-w-prose text-ink-soft">
            {t(organization.mode === "test" ? "first.text" : "first.live")}
          </p>
          <LinkButton to="/onboarding" look="primary" icon="arrow-right">
            {t(done > 1 ? "first.go" : "first.start")}
          </LinkButton>
        </div>
        <ol className="flex flex-col gap-1 self-center">
          {steps.map((step, index) => (
            <li
              key={step.name}
              className={cx("flex items-center gap-3 py-2 text-sm", step.done && "text-ink-soft")}
            >
              <span
                className={cx(
                  "grid size-7 shrink-0 place-items-center rounded-full text-xs font-semibold",
                  step.done ? "bg-good-tint text-good-text" : "bg-sunken",
                )}
              >
                {step.done ? <Icon name="check" size={15} /> : index + 1}
              </span>
              {t(`first.steps.${step.name}`)}
            </li>
          ))}
        </ol>
      </div>
    </Card>
  );
}

/** A line above the numbers while steps are left and nobody hid them. */
export function FirstStepsLeft() {
  const t = useTranslations("dashboard");
  const { steps, done, next, dismissed } = useSteps();
  if (dismissed || next === undefined) return null;
  const label = t("first.progress", { done, all: steps.length });
  return (
    <Link
      to="/onboarding"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-line bg-surface px-5 py-3 text-sm shadow-card hover:bg-hover"
    >
      <Icon name="sparkle" className="text-accent-text" />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{t("first.rest", { count: steps.length - done })}</span>{" "}
        <span className="text-ink-soft">{t("first.restText", { step: t(`first.steps.${next.name}`) })}</span>
      </span>
      <span className="w-24">
        <ProgressBar value={done} max={steps.length} label={label} />
      </span>
      <Icon name="chevron-right" size={16} className="text-ink-faint" />
    </Link>
  );
}

/** There is a history, only not in these days. */
export function QuietPeriod({ period }: { period: Period }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const day = (at: string) => format.date(`${at}T12:00:00`);
  return (
    <Card flush>
      <EmptyState
        icon="check-circle"
        title={t("quiet.title")}
        action={
          period.preset !== 90 && (
            <LinkButton
              to="/"
              search={(now: DashboardSearch) => ({ ...without(now, "from", "to"), period: 90 })}
            >
              {t("quiet.more")}
            </LinkButton>
          )
        }
      >
        {t("quiet.text", { from: day(period.from), to: day(shift(period.until, -1)) })}
      </EmptyState>
    </Card>
  );
}

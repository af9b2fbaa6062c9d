import { Icon } from "@/components";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import type { Recovery } from "./queries";

const stateOf = (status: string): "declined" | "succeeded" | "other" =>
  status === "declined" || status === "succeeded" ? status : "other";

/** The money that came back, and the tries that it took. */
export function CameBack({ recovery }: { recovery: Recovery }) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  const tries = recovery.attempts.filter(
    ({ kind, finished_at }) => kind === "charge" && finished_at !== null,
  );
  const seconds =
    (Date.parse(recovery.ended_at ?? recovery.opened_at) - Date.parse(recovery.opened_at)) / 1_000;
  return (
    <div role="status" className="animate-rise rounded-card bg-good-tint p-6 text-center">
      <span className="mx-auto grid size-14 animate-rise place-items-center rounded-full bg-good text-white dark:text-canvas">
        <Icon name="check" size={30} />
      </span>
      <p className="mt-3 text-2xl font-semibold tracking-tight text-balance sm:text-3xl">
        {t("came.title", { amount: format.money(recovery.amount, recovery.currency) })}
      </p>
      <p className="mx-auto mt-1 max-w-prose text-sm text-ink-soft">
        {t("came.text", { count: tries.length, duration: format.duration(seconds) })}
      </p>
      <ol className="mt-4 flex flex-wrap items-center justify-center gap-2">
        {tries.map((attempt, index) => {
          const state = stateOf(attempt.status);
          return (
            <li
              key={attempt.id}
              className="flex items-center gap-2 rounded-full bg-surface px-3 py-1.5 text-sm shadow-card"
            >
              <Icon
                name={state === "succeeded" ? "check" : "x"}
                size={15}
                className={cx(state === "succeeded" ? "text-good-text" : "text-bad-text")}
              />
              {t("came.try", { number: index + 1 })}
              <span className="text-ink-soft">{t(`came.${state}`)}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

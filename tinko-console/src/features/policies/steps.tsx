import { DateTime, Duration, Icon } from "@/components";

import type { Schedule } from "./queries";
import { usePolicyWords } from "./words";

/** A schedule in words: each step, when and by which rule. */
export function Steps({ schedule }: { schedule: Schedule }) {
  const { t, format } = usePolicyWords();
  return (
    <ol className="flex flex-col gap-2.5 border-t border-line bg-sunken/60 px-5 py-3">
      {schedule.steps.map((step) => (
        <li key={step.number} className="flex gap-2.5">
          <Icon name={step.kind === "charge" ? "card" : "link"} size={16} className="mt-0.5 text-ink-faint" />
          <div className="min-w-0 flex-1 text-sm">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-medium">{t(`steps.${step.kind}`)}</span>
              {step.offset_seconds === 0 ? (
                t("steps.atOnce")
              ) : (
                <span>
                  {t.rich("steps.after", { time: () => <Duration seconds={step.offset_seconds} /> })}
                </span>
              )}
              <span className="text-xs text-ink-faint">
                <DateTime at={step.due_at} absolute />
              </span>
            </p>
            <p lang="en" className="text-xs text-ink-soft">
              {step.why} <code className="font-mono text-ink-faint">{step.rule}</code>
            </p>
            {step.jitter_seconds > 0 && (
              <p className="text-xs text-ink-soft">
                {t("steps.jitter", { time: format.duration(step.jitter_seconds) })}
              </p>
            )}
          </div>
        </li>
      ))}
      {schedule.end && (
        <li className="flex gap-2.5">
          <Icon
            name={schedule.end.outcome === "waits" ? "clock" : "x-circle"}
            size={16}
            className="mt-0.5 text-ink-faint"
          />
          <div className="text-sm">
            <p className="font-medium">{t(`steps.${schedule.end.outcome}`)}</p>
            <p lang="en" className="text-xs text-ink-soft">
              {schedule.end.why}
            </p>
          </div>
        </li>
      )}
      {!schedule.end && <li className="text-xs text-ink-soft">{t("steps.untilWindow")}</li>}
    </ol>
  );
}

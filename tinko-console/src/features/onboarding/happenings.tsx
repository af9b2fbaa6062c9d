import { useEffect, useState } from "react";

import { DateTime, Timeline, TimelineEntry, type IconName, type Tone } from "@/components";
import { useMedia } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import type { Happening } from "./queries";

const PACE = 500;

const LOOKS = {
  recovery_opened: ["inbox", "info"],
  failure_reported: ["inbox", "info"],
  attempt_planned: ["clock", "neutral"],
  attempt_replanned: ["clock", "neutral"],
  attempt_deferred: ["clock", "neutral"],
  attempt_declined: ["x", "bad"],
  attempt_succeeded: ["check", "good"],
  attempt_failed: ["alert", "bad"],
  outcome_unknown: ["help", "warn"],
  nothing_planned: ["pause", "neutral"],
  recovered: ["check-circle", "good"],
  exhausted: ["minus", "neutral"],
  cancelled: ["ban", "neutral"],
  payer_asked: ["mail", "info"],
  other: ["info", "neutral"],
} as const satisfies Record<string, readonly [IconName, Tone]>;

const kindOf = (what: string): keyof typeof LOOKS =>
  Object.hasOwn(LOOKS, what) ? (what as keyof typeof LOOKS) : "other";

/** How much of a list to show: what is new comes one by one, at once where motion is not wanted. */
export function useOneByOne(count: number): number {
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const [shown, setShown] = useState(count);
  useEffect(() => {
    if (still || shown >= count) return;
    const timer = setTimeout(() => setShown(shown + 1), PACE);
    return () => clearTimeout(timer);
  }, [still, shown, count]);
  return still ? count : Math.min(shown, count);
}

/** What happened to a recovery, as it happens. */
export function Happenings({ timeline }: { timeline: readonly Happening[] }) {
  const t = useTranslations("onboarding");
  const shown = timeline.slice(0, useOneByOne(timeline.length));
  return (
    <div aria-live="polite" aria-relevant="additions">
      <Timeline>
        {shown.map((each) => {
          const kind = kindOf(each.what);
          const [icon, tone] = LOOKS[kind];
          return (
            <TimelineEntry
              key={each.id}
              icon={icon}
              tone={tone}
              title={t(`what.${kind}`)}
              when={<DateTime at={each.at} absolute />}
            >
              {each.why}
            </TimelineEntry>
          );
        })}
      </Timeline>
    </div>
  );
}

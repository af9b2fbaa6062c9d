import type { ReactNode } from "react";

import { DateTime, Icon, Timeline, TimelineEntry, type IconName, type Tone } from "@/components";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import { Code, FactList } from "./fact-list";
import type { Detail } from "./queries";
import { useNames, useWords } from "./words";

type Entry = Detail["timeline"][number];

const LOOKS: readonly (readonly [RegExp, IconName, Tone])[] = [
  [/^(recovered|attempt_succeeded|paid_after_all|joined)$/, "check-circle", "good"],
  [
    /^(recovery_opened|failure_reported|attempt_declined|attempt_error|message_(failed|bounced))$/,
    "x-circle",
    "bad",
  ],
  [/^(duplicate_charge|amount_differs|dispute_|nothing_planned|message_impossible)/, "alert", "warn"],
  [/^outcome_unknown$/, "help", "warn"],
  [/^outcome_checked$/, "search", "info"],
  [/^(duplicate_refunded|refunded)$/, "arrow-down", "neutral"],
  [
    /^(attempt_planned|attempt_replanned|attempt_moved|attempt_deferred|fail_over_planned|promised)$/,
    "clock",
    "info",
  ],
  [/^(payer_asked|message_)/, "mail", "info"],
  [/^link_revoked$/, "ban", "neutral"],
  [/^(link_opened|observed)$/, "eye", "info"],
  [/^link_/, "link", "info"],
  [/^checkout_opened$/, "card", "accent"],
  [/^(paused|held)$/, "pause", "warn"],
  [/^(resumed|let_go|reopened)$/, "play", "info"],
  [/^(cancelled|attempt_cancelled|opted_out)$/, "ban", "neutral"],
  [/^acknowledged$/, "check", "good"],
];

const lookOf = (what: string): readonly [IconName, Tone] => {
  const found = LOOKS.find(([pattern]) => pattern.test(what));
  return found === undefined ? ["circle", "neutral"] : [found[1], found[2]];
};

/** Everything that happened, the newest first, above it what comes next. */
export function Story({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const now = useNow();
  const { next_attempt_at: at, next_attempt_kind: kind } = recovery;
  const comes = at !== null && !recovery.paused && new Date(at) > now;
  return (
    <Timeline>
      {comes && (
        <TimelineEntry
          icon={kind === "charge" ? "refresh" : "link"}
          tone="accent"
          title={t(kind === "charge" ? "story.nextCharge" : "story.nextLink")}
          when={<DateTime at={at} />}
        >
          {t("story.next")}
        </TimelineEntry>
      )}
      {recovery.timeline.toReversed().map((entry) => (
        <Happened key={`${entry.id}${entry.what}`} entry={entry} />
      ))}
    </Timeline>
  );
}

function Happened({ entry }: { entry: Entry }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const names = useNames();
  const [icon, tone] = lookOf(entry.what);
  const rule = entry.who.startsWith("rule:") ? entry.who.slice("rule:".length) : null;
  const title =
    entry.what === "attempt_planned"
      ? t(entry.facts.kind === "link" ? "story.linkPlanned" : "story.chargePlanned")
      : words.what(entry.what);
  return (
    <TimelineEntry icon={icon} tone={tone} title={title} when={<DateTime at={entry.at} />}>
      <p className="text-pretty">{names.plain(entry.why)}</p>
      <Facts facts={entry.facts}>
        {rule === null
          ? names.who(entry.who)
          : t.rich("story.byRule", { rule, code: (text) => <Code>{text}</Code> })}
      </Facts>
    </TimelineEntry>
  );
}

/** Who did it; behind it the facts it was done from, if any were kept. */
function Facts({ facts, children }: { facts: Entry["facts"]; children: ReactNode }) {
  const t = useTranslations("recoveries");
  const told = Object.entries(facts).filter(
    ([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  if (told.length === 0) return <p className="mt-1 text-xs text-ink-faint">{children}</p>;
  return (
    <details className="group/facts mt-0.5 text-xs">
      <summary className="inline-flex min-h-6 list-none items-center gap-2 rounded text-ink-faint [&::-webkit-details-marker]:hidden">
        <span>{children}</span>
        <span className="inline-flex items-center gap-0.5 font-medium text-accent-text">
          {t("story.facts")}
          <Icon name="chevron-right" size={13} className="group-open/facts:rotate-90" />
        </span>
      </summary>
      <div className="mt-1 rounded-control bg-sunken p-3 [&_dl]:text-xs">
        <FactList
          facts={told.map(([name, value]) => [name.replaceAll("_", " "), <Fact key={name} value={value} />])}
        />
      </div>
    </details>
  );
}

function Fact({ value }: { value: unknown }) {
  const format = useFormat();
  const names = useNames();
  if (typeof value === "number") return format.number(value);
  if (typeof value !== "string") return <Code>{JSON.stringify(value)}</Code>;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return format.dateTime(value);
  return value.startsWith("usr_") ? names.person(value) : <Code>{value}</Code>;
}

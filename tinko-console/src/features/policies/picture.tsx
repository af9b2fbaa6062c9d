import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { Badge, Card, ErrorState, Icon, Skeleton } from "@/components";
import { cx } from "@/lib/cx";
import { useDebounced } from "@/lib/hooks";

import { axisTo, type Axis } from "./axis";
import { Lane } from "./lane";
import { schedulesQuery, type Schedule } from "./queries";
import { Steps } from "./steps";
import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

const SAMPLES = [
  "funds_soft",
  "issuer_decline_soft",
  "issuer_decline_hard",
  "expired_card_hard",
  "network_soft",
  "auth_timeout_soft",
  "unknown_soft",
  "no_saved_method",
  "upi_pending",
  "funds_upi_mandate",
] as const;
type Sample = (typeof SAMPLES)[number];
const isSample = (name: string): name is Sample => SAMPLES.some((each) => each === name);

type Pair = { name: string; now: Schedule | undefined; next: Schedule };

const lastOf = (schedule: Schedule | undefined): number =>
  Math.max(
    0,
    schedule?.end?.offset_seconds ?? 0,
    ...(schedule?.steps.map((each) => each.offset_seconds) ?? []),
  );
const timesOf = (schedule: Schedule | undefined): string =>
  JSON.stringify(schedule?.steps.map((step) => [step.kind, step.offset_seconds]));

/** What the policy makes of failures as they come: the draft beside the version that holds. */
export function Picture({ editor }: { editor: Editor }) {
  const { t } = usePolicyWords();
  const wished = useDebounced(editor.terms, 300);
  const fits = editor.mistakes.size === 0;
  const next = useQuery({ ...schedulesQuery(wished, fits), placeholderData: keepPreviousData });
  const now = useQuery(schedulesQuery(editor.published, editor.differs));
  const pairs = useMemo<Pair[]>(
    () =>
      (next.data?.items ?? []).map((each) => ({
        name: each.name,
        next: each,
        now: editor.differs ? now.data?.items.find((other) => other.name === each.name) : undefined,
      })),
    [editor.differs, next.data, now.data],
  );
  const axis = useMemo(
    () => axisTo(Math.max(...pairs.flatMap((pair) => [lastOf(pair.next), lastOf(pair.now)]))),
    [pairs],
  );
  const changed = pairs.filter((pair) => pair.now && timesOf(pair.now) !== timesOf(pair.next)).length;
  return (
    <Card title={t("picture.title")} description={t("picture.lead")} flush>
      <Legend differs={editor.differs} />
      <p role="status" className="px-5 pb-2 text-sm">
        {!fits
          ? t("picture.wrong")
          : editor.differs
            ? t("picture.changed", { count: changed })
            : t("picture.same")}
      </p>
      {next.error && !next.data ? (
        <ErrorState error={next.error} onRetry={() => void next.refetch()} />
      ) : pairs.length === 0 ? (
        <div aria-busy="true" className="flex flex-col gap-4 p-5">
          {SAMPLES.map((name) => (
            <Skeleton key={name} className="h-6" />
          ))}
        </div>
      ) : (
        <div className={cx("transition-opacity", next.isPlaceholderData && "opacity-60")}>
          <ul className="divide-y divide-line border-t border-line">
            {pairs.map((pair) => (
              <Row key={pair.name} pair={pair} axis={axis} />
            ))}
          </ul>
          <p className="px-5 py-3 text-xs text-ink-faint">{t("picture.scale")}</p>
        </div>
      )}
    </Card>
  );
}

function Legend({ differs }: { differs: boolean }) {
  const { t } = usePolicyWords();
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 px-5 pb-2 text-xs text-ink-soft">
      <span className="flex items-center gap-1.5">
        <span className="size-2.5 rounded-full bg-chart-1" />
        {t("picture.charge")}
      </span>
      <span className="flex items-center gap-1.5">
        <span className="size-2.5 rounded-[2px] bg-chart-1" />
        {t("picture.link")}
      </span>
      <span className="flex items-center gap-1">
        <Icon name="x" size={13} />
        {t("picture.end")}
      </span>
      {differs && (
        <>
          <span className="flex items-center gap-1.5">
            <span className="w-5 border-t-2 border-chart-1" />
            {t("picture.draft")}
          </span>
          <span className="flex items-center gap-1.5">
            <span className="w-5 border-t-2 border-dashed border-chart-6" />
            {t("picture.published")}
          </span>
        </>
      )}
    </div>
  );
}

function Row({ pair, axis }: { pair: Pair; axis: Axis }) {
  const words = usePolicyWords();
  const { t } = words;
  const [open, setOpen] = useState(false);
  const name = isSample(pair.name) ? t(`samples.${pair.name}`) : pair.name;
  const differs = pair.now !== undefined && timesOf(pair.now) !== timesOf(pair.next);
  const summary = useSummary();
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="block w-full px-5 py-2.5 text-left -outline-offset-2 hover:bg-hover/60"
      >
        <span className="flex items-center gap-1.5 text-sm font-medium">
          <Icon
            name="chevron-right"
            size={14}
            className={cx("text-ink-faint transition-transform", open && "rotate-90")}
          />
          {name}
          {differs && <Badge tone="accent">{t("picture.differs")}</Badge>}
        </span>
        <span className="block pl-5 text-xs text-ink-soft">{summary(pair.next)}</span>
        <span className="mt-1.5 block pr-2 pl-6.5">
          {differs && <Lane schedule={pair.now ?? pair.next} axis={axis} look="published" />}
          <Lane schedule={pair.next} axis={axis} look="draft" />
          <Ticks axis={axis} />
        </span>
      </button>
      {open && <Steps schedule={pair.next} />}
    </li>
  );
}

function useSummary() {
  const { t, format } = usePolicyWords();
  return (schedule: Schedule): string => {
    const links = schedule.steps.filter((step) => step.kind === "link");
    const first = links[0];
    const parts = [
      schedule.charges > 0 ? t("picture.charges", { count: schedule.charges }) : "",
      first
        ? first.offset_seconds === 0
          ? t("picture.linkAtOnce")
          : t("picture.linkAfter", { time: format.duration(first.offset_seconds) })
        : "",
      schedule.end?.outcome === "gives_up"
        ? t("picture.givesUp", { time: format.duration(schedule.end.offset_seconds) })
        : "",
    ];
    return parts.filter(Boolean).join(" · ") || t("picture.nothing");
  };
}

function Ticks({ axis }: { axis: Axis }) {
  const { format } = usePolicyWords();
  return (
    <svg width="100%" height="14" aria-hidden="true" className="block overflow-visible">
      <line x1="0%" x2="100%" y1="0.5" y2="0.5" stroke="var(--color-line)" />
      {axis.ticks.map((tick) => (
        <g key={tick}>
          <line
            x1={`${axis.at(tick)}%`}
            x2={`${axis.at(tick)}%`}
            y1="0"
            y2="3"
            stroke="var(--color-line-strong)"
          />
          <text
            x={`${axis.at(tick)}%`}
            y="13"
            textAnchor="middle"
            fontSize="10"
            fill="var(--color-ink-faint)"
          >
            {format.duration(tick)}
          </text>
        </g>
      ))}
    </svg>
  );
}

import { useId, useState } from "react";

import { Card, Icon, Spinner, type IconName } from "@/components";
import { cx } from "@/lib/cx";
import { useTranslations } from "@/lib/i18n";

import { ActDialog, type Asked } from "./act-dialog";
import type { Detail } from "./queries";
import { useOneAct } from "./use-one-act";
import { useWords } from "./words";

type Verdict = Detail["actions"][number];
type Name = Verdict["action"];

const ICONS: Record<Name, IconName> = {
  retry: "refresh",
  link: "link",
  move: "clock",
  pause: "pause",
  resume: "play",
  check: "search",
  acknowledge: "check",
  cancel: "ban",
};
const ORDER: readonly Name[] = ["acknowledge", "check", "retry", "link", "move", "pause", "resume", "cancel"];
const ASKS: readonly Name[] = ["retry", "cancel", "move", "link"];

/** What makes no sense here is left out; what is only forbidden now stays, with its reason. */
function fits({ action, allowed }: Verdict, recovery: Detail): boolean {
  if (action === "resume") return recovery.paused;
  if (action === "pause") return !recovery.paused;
  if (action === "check") return allowed || recovery.attempts.some(({ status }) => status === "unknown");
  if (action === "acknowledge") return recovery.needs_attention !== null;
  return true;
}

/** Everything that may be done, and why the rest may not. */
export function ActionsCard({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const one = useOneAct(recovery);
  const [asked, setAsked] = useState<Asked | null>(null);
  const shown = ORDER.flatMap((name) => recovery.actions.filter(({ action }) => action === name)).filter(
    (verdict) => fits(verdict, recovery),
  );
  const choose = (action: Name) => {
    if (ASKS.includes(action)) setAsked(action as Asked);
    else one.run(action as "pause");
  };
  return (
    <Card title={t("actions.title")}>
      <ul className="-mx-2 flex flex-col gap-0.5">
        {shown.map((verdict) => (
          <li key={verdict.action}>
            <ActRow
              verdict={verdict}
              busy={one.busy === verdict.action}
              onChoose={() => choose(verdict.action)}
            />
          </li>
        ))}
      </ul>
      <ActDialog asked={asked} recovery={recovery} onClose={() => setAsked(null)} />
    </Card>
  );
}

function ActRow({ verdict, busy, onChoose }: { verdict: Verdict; busy: boolean; onChoose: () => void }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const id = useId();
  const { action, allowed, reason, rule } = verdict;
  return (
    <button
      type="button"
      // Stays reachable, so that its reason can be read.
      aria-disabled={!allowed || busy}
      aria-describedby={`${id}-why`}
      onClick={() => allowed && !busy && onChoose()}
      className={cx(
        "flex w-full items-start gap-3 rounded-control px-2 py-2 text-left text-sm",
        allowed ? "hover:bg-hover" : "cursor-default",
        allowed && action === "cancel" && "text-bad-text",
      )}
    >
      <span className={cx("mt-0.5 grid size-4 place-items-center", !allowed && "text-ink-faint")}>
        {busy ? <Spinner /> : <Icon name={ICONS[action]} size={16} />}
      </span>
      <span className="min-w-0 flex-1">
        <span className={cx("block font-medium", !allowed && "text-ink-faint")}>{t(`acts.${action}`)}</span>
        <span id={`${id}-why`} className="block text-xs text-pretty text-ink-faint">
          {allowed ? t(`actHints.${action}`) : t("notNow", { reason: words.refusal(rule, reason) })}
        </span>
      </span>
    </button>
  );
}

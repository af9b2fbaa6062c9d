import { useState } from "react";

import { Button, Card, Icon, type IconName, type Tone } from "@/components";
import { cx } from "@/lib/cx";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import { ActDialog, type Asked } from "./act-dialog";
import { Incident } from "./incident";
import type { Detail } from "./queries";
import { situationOf, type Situation } from "./situation";
import { useMoment } from "./use-moment";
import { useOneAct } from "./use-one-act";
import { useWords } from "./words";

const LOOKS: Record<Situation["kind"], readonly [IconName, Tone]> = {
  recoveredByRetry: ["check-circle", "good"],
  recoveredByPayer: ["check-circle", "good"],
  recoveredElsewhere: ["check-circle", "good"],
  exhausted: ["minus", "neutral"],
  cancelled: ["ban", "neutral"],
  unknown: ["help", "warn"],
  unknownForPerson: ["help", "warn"],
  running: ["refresh", "accent"],
  pageOpen: ["card", "accent"],
  paused: ["pause", "warn"],
  held: ["pause", "info"],
  retryWaits: ["clock", "info"],
  retryDue: ["refresh", "accent"],
  askWaits: ["clock", "info"],
  asked: ["mail", "info"],
  idle: ["alert", "warn"],
};

const DISCS: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-soft",
  good: "bg-good-tint text-good-text",
  warn: "bg-warn-tint text-warn-text",
  bad: "bg-bad-tint text-bad-text",
  info: "bg-info-tint text-info-text",
  accent: "bg-accent-tint text-accent-text",
};

/** Where it stands, why, and the next act. */
export function NowCard({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const moment = useMoment();
  const now = useNow();
  const { kind, at } = situationOf(recovery, now);
  const [icon, tone] = LOOKS[kind];
  const when = at === null ? "" : moment(at);
  const because = words.because(recovery.reason);
  const looked = recovery.status === "recovered" && recovery.needs_attention !== null;
  const promised =
    recovery.promised_for !== null && recovery.status === "open" ? recovery.promised_for : null;
  return (
    <Card>
      <div className="flex gap-4">
        <span className={cx("grid size-10 shrink-0 place-items-center rounded-full", DISCS[tone])}>
          <Icon name={icon} size={20} />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="text-lg leading-snug font-semibold text-pretty">
            {t(`now.${kind}`, { when, because })}
          </h2>
          <p className="mt-1 text-sm text-pretty text-ink-soft">
            {t(looked ? "then.recoveredButLook" : `then.${kind}`, {
              because,
              count: recovery.charges_made,
              when,
            })}
          </p>
          {promised !== null && (
            <p className="mt-1 text-sm text-ink-soft">{t("promised", { when: moment(promised) })}</p>
          )}
          <NextAct recovery={recovery} kind={kind} />
        </div>
      </div>
      {recovery.needs_attention !== null && <Incident recovery={recovery} />}
    </Card>
  );
}

/** The one act that fits best, if a person is wanted. */
function NextAct({ recovery, kind }: { recovery: Detail; kind: Situation["kind"] }) {
  const t = useTranslations("recoveries");
  const one = useOneAct(recovery);
  const [asked, setAsked] = useState<Asked | null>(null);
  const allowed = (name: string) =>
    recovery.actions.some(({ action, allowed: may }) => action === name && may);
  const act = () => {
    if ((kind === "unknown" || kind === "unknownForPerson") && allowed("check")) {
      return (
        <Button look="primary" icon="search" busy={one.busy === "check"} onClick={() => one.run("check")}>
          {t("acts.check")}
        </Button>
      );
    }
    if (kind === "paused" && allowed("resume")) {
      return (
        <Button look="primary" icon="play" busy={one.busy === "resume"} onClick={() => one.run("resume")}>
          {t("acts.resume")}
        </Button>
      );
    }
    if ((kind === "idle" || kind === "exhausted") && allowed("retry")) {
      return (
        <Button look="primary" icon="refresh" onClick={() => setAsked("retry")}>
          {t("acts.retry")}
        </Button>
      );
    }
    if (kind === "idle" && allowed("link")) {
      return (
        <Button look="primary" icon="link" onClick={() => setAsked("link")}>
          {t("acts.link")}
        </Button>
      );
    }
    return null;
  };
  const button = act();
  return (
    <>
      {button !== null && <div className="mt-4">{button}</div>}
      <ActDialog asked={asked} recovery={recovery} onClose={() => setAsked(null)} />
    </>
  );
}

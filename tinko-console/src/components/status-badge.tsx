import { useTranslations } from "use-intl";

import { Badge, type Tone } from "./badge";
import type { IconName } from "./icon";

/** The states of recoveries, attempts, PSP events and links: one picture and tone for each. */
const STATES = {
  open: ["info", "clock"],
  recovered: ["good", "check-circle"],
  exhausted: ["neutral", "minus"],
  cancelled: ["neutral", "ban"],
  paused: ["warn", "pause"],
  scheduled: ["info", "clock"],
  running: ["accent", "refresh"],
  succeeded: ["good", "check-circle"],
  failed: ["bad", "x-circle"],
  unknown: ["warn", "help"],
  skipped: ["neutral", "minus"],
  sent: ["info", "mail"],
  opened: ["info", "eye"],
  paid: ["good", "check-circle"],
  expired: ["neutral", "clock"],
  received: ["info", "inbox"],
  processed: ["good", "check"],
  dead: ["bad", "alert"],
  draft: ["neutral", "pencil"],
  active: ["good", "check"],
  retired: ["neutral", "clock"],
  pending: ["warn", "clock"],
  healthy: ["good", "check-circle"],
  down: ["bad", "x-circle"],
} as const satisfies Record<string, readonly [Tone, IconName]>;

export type Status = keyof typeof STATES;

/** A state in words, with its picture; a word that is not known is shown as it is. */
export function StatusBadge({ status }: { status: string }) {
  const t = useTranslations("common");
  if (!Object.hasOwn(STATES, status)) return <Badge>{status.replaceAll("_", " ")}</Badge>;
  const known = status as Status;
  const [tone, icon] = STATES[known];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`status.${known}`)}
    </Badge>
  );
}

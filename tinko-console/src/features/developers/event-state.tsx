import { Badge, type IconName, type Tone } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { EVENT_STATES, type EventState as State } from "./queries";

const LOOKS: Record<State, [Tone, IconName]> = {
  dead: ["bad", "alert"],
  pending: ["info", "clock"],
  processed: ["good", "check"],
  ignored: ["neutral", "minus"],
};

/** Where an inbound event stands. */
export function EventState({ status }: { status: string }) {
  const t = useTranslations("developers");
  const known = EVENT_STATES.find((each) => each === status);
  if (known === undefined) return <Badge>{status}</Badge>;
  const [tone, icon] = LOOKS[known];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`events.${known}State`)}
    </Badge>
  );
}

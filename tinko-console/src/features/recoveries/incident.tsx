import { Button, Icon } from "@/components";
import { useTranslations } from "@/lib/i18n";

import type { Detail } from "./queries";
import { useMoment } from "./use-moment";
import { useOneAct } from "./use-one-act";
import { useNames, useWords } from "./words";

const TOLD = ["duplicate_charge", "duplicate_refunded", "amount_differs", "paid_after_all"];

/** What needs a person: what happened, what was done about it, and how to say that one has looked. */
export function Incident({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const names = useNames();
  const moment = useMoment();
  const one = useOneAct(recovery);
  const slug = recovery.needs_attention ?? "";
  const acknowledge = recovery.actions.find(({ action }) => action === "acknowledge");
  const told = recovery.timeline.filter(({ what }) => TOLD.includes(what));
  const text = words.attentionText(slug);
  return (
    <section
      aria-labelledby="incident"
      className="mt-5 flex flex-col gap-3 rounded-control bg-warn-tint p-4 text-sm text-warn-text"
    >
      <h3 id="incident" className="flex items-center gap-2 font-semibold">
        <Icon name="alert" size={17} />
        {words.attention(slug)}
      </h3>
      {text !== null && <p className="text-pretty">{text}</p>}
      {told.length > 0 && (
        <ul className="flex flex-col gap-2 border-l-2 border-warn/50 pl-3">
          {told.map((entry) => (
            <li key={entry.id}>
              <span className="font-medium">{words.what(entry.what)}</span> · {moment(entry.at)}
              <span className="block">{names.plain(entry.why)}</span>
            </li>
          ))}
        </ul>
      )}
      {acknowledge?.allowed && (
        <div>
          <Button
            size="sm"
            icon="check"
            busy={one.busy === "acknowledge"}
            onClick={() => one.run("acknowledge")}
          >
            {t("acts.acknowledge")}
          </Button>
        </div>
      )}
    </section>
  );
}

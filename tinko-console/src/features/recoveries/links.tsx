import { useState } from "react";

import { Badge, Button, ConfirmDialog, DateTime, toast, type IconName, type Tone } from "@/components";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { ActDialog } from "./act-dialog";
import { useActs } from "./acts";
import { linkStateOf, type LinkState } from "./link-state";
import type { Detail, Link } from "./queries";
import { Nothing, Section } from "./section";
import { useNames, useWords } from "./words";

const LOOKS: Record<LinkState, readonly [Tone, IconName]> = {
  paid: ["good", "check-circle"],
  revoked: ["neutral", "ban"],
  superseded: ["neutral", "arrow-right"],
  expired: ["neutral", "clock"],
  ended: ["neutral", "minus"],
  opened: ["info", "eye"],
  valid: ["info", "link"],
};

/** The links that the payer was given; never their secrets. */
export function Links({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const [making, setMaking] = useState(false);
  const may = recovery.actions.some(({ action, allowed }) => action === "link" && allowed);
  return (
    <Section title={t("links.title")} text={t("links.text")}>
      {recovery.links.length === 0 ? (
        <Nothing>{t("links.none")}</Nothing>
      ) : (
        <ul className="divide-y divide-line rounded-control border border-line">
          {recovery.links.toReversed().map((link) => (
            <One key={link.id} link={link} recovery={recovery} />
          ))}
        </ul>
      )}
      {may && (
        <div>
          <Button icon="plus" size="sm" onClick={() => setMaking(true)}>
            {t("acts.link")}
          </Button>
        </div>
      )}
      <ActDialog asked={making ? "link" : null} recovery={recovery} onClose={() => setMaking(false)} />
    </Section>
  );
}

function One({ link, recovery }: { link: Link; recovery: Detail }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const names = useNames();
  const can = useCan();
  const now = useNow();
  const acts = useActs(recovery.id);
  const [revoking, setRevoking] = useState(false);
  const state = linkStateOf(link, recovery.status, now);
  const [tone, icon] = LOOKS[state];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium">
          {link.channel === "none" ? t("link.copyOnly") : words.channel(link.channel)}
          <span className="font-normal text-ink-faint">
            {" "}
            · {t("links.by", { who: names.who(link.created_by) })}
          </span>
        </p>
        <p className="text-xs text-ink-faint">
          {t.rich("links.times", {
            made: () => <DateTime at={link.created_at} absolute />,
            until: () => <DateTime at={link.expires_at} absolute />,
          })}
        </p>
        <p className="text-xs text-ink-faint">{t("links.opens", { count: link.opens })}</p>
      </div>
      <Badge tone={tone} icon={icon}>
        {words.linkState(state)}
      </Badge>
      {(state === "valid" || state === "opened") && can("links:write") && (
        <Button size="sm" onClick={() => setRevoking(true)}>
          {t("links.revoke")}
        </Button>
      )}
      <ConfirmDialog
        open={revoking}
        onOpenChange={setRevoking}
        title={t("links.revokeTitle")}
        confirm={t("links.revoke")}
        onConfirm={async () => {
          await acts.revokeLink(link.id);
          toast(t("links.revoked"));
        }}
      >
        <p>{t("links.revokeText")}</p>
      </ConfirmDialog>
    </li>
  );
}

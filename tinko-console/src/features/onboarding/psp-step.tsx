import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Banner, Button, Icon, LinkButton, ProblemNote, type IconName } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { Panel, Why } from "./frame";
import { useChoose } from "./queries";

/** The sandbox, or a provider of their own. */
export function PspStep({ step }: { step: { done: boolean; choice: string | null } | undefined }) {
  const t = useTranslations("onboarding");
  const navigate = useNavigate();
  const choose = useChoose();
  const may = useCan()("policies:write");
  const use = () =>
    choose.mutate(
      { step: "psp", choice: "sandbox" },
      {
        onSuccess: () =>
          void navigate({ to: "/onboarding", search: { step: "first_event" }, resetScroll: false }),
      },
    );
  return (
    <Panel title={t("psp.title")} text={t("psp.text")} next="first_event">
      {step?.done && (
        <Banner tone="good">{t(step.choice === "sandbox" ? "psp.chosen" : "psp.connected")}</Banner>
      )}
      {choose.error && <ProblemNote error={choose.error} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Way icon="flask" title={t("psp.sandbox")} text={t("psp.sandboxText")}>
          <Button look="primary" busy={choose.isPending} disabled={!may} onClick={use}>
            {t("psp.use")}
          </Button>
        </Way>
        <Way icon="plug" title={t("psp.own")} text={t("psp.ownText")}>
          <LinkButton to="/settings/psp">{t("psp.connect")}</LinkButton>
        </Way>
      </div>
      {!may && <Why>{t("may.policy")}</Why>}
    </Panel>
  );
}

function Way({
  icon,
  title,
  text,
  children,
}: {
  icon: IconName;
  title: string;
  text: string;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-col items-start gap-3 rounded-card border border-line p-4">
      <Icon name={icon} size={20} className="text-accent-text" />
      <div className="flex-1">
        <h3 className="text-sm font-semibold">{title}</h3>
        <p className="mt-1 text-sm text-ink-soft">{text}</p>
      </div>
      {children}
    </div>
  );
}

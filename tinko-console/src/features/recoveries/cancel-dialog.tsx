import { ConfirmDialog, toast } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { useActs } from "./acts";
import type { Detail } from "./queries";

/** Says what ends, in numbers. */
export function CancelDialog({ recovery, onClose }: { recovery: Detail; onClose: () => void }) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const acts = useActs(recovery.id);
  const amount = format.money(recovery.amount, recovery.currency);
  const planned = recovery.attempts.filter(({ status }) => status === "scheduled").length;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("cancel.title")}
      confirm={t("cancel.confirm")}
      onConfirm={async () => {
        await acts.run("cancel");
        toast(t("did.cancel"));
      }}
    >
      <p className="text-ink">{t("cancel.text", { amount, payer: recovery.payer ?? t("payer.nameless") })}</p>
      <p>{t("cancel.steps", { count: planned })}</p>
      <p>{t("cancel.final")}</p>
    </ConfirmDialog>
  );
}

import { useQuery } from "@tanstack/react-query";

import { ConfirmDialog, Skeleton, toast } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { useActs } from "./acts";
import { BudgetRules } from "./budget-rules";
import { budgetQuery, type Detail } from "./queries";
import { useWords } from "./words";

/** Says what will be charged to whom, and what it uses up. */
export function RetryDialog({ recovery, onClose }: { recovery: Detail; onClose: () => void }) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const words = useWords();
  const acts = useActs(recovery.id);
  const budget = useQuery(budgetQuery(recovery.id));
  const amount = format.money(recovery.amount, recovery.currency);
  const payer = recovery.payer ?? t("payer.nameless");
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("retry.title", { amount })}
      confirm={t("retry.confirm", { amount })}
      danger={false}
      onConfirm={async () => {
        await acts.run("retry");
        toast(t("did.retry"));
      }}
    >
      <p className="text-ink">
        {t("retry.text", { amount, payer, gateway: words.gateway(recovery.gateway) })}
      </p>
      {recovery.status === "exhausted" && <p>{t("retry.reopens")}</p>}
      {recovery.paused && <p>{t("retry.resumes")}</p>}
      {budget.data === undefined && budget.error === null && <Skeleton className="h-12" />}
      {budget.data !== undefined &&
        (budget.data.rules.length > 0 ? (
          <section className="flex flex-col gap-3">
            <h3 className="font-medium text-ink">{t("retry.uses")}</h3>
            <BudgetRules rules={budget.data.rules} more={1} />
          </section>
        ) : (
          <p>{t("budget.none")}</p>
        ))}
      <p>{t("retry.safe")}</p>
    </ConfirmDialog>
  );
}

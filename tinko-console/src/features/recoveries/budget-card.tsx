import { useQuery } from "@tanstack/react-query";

import { Card, Icon, ProblemNote, Skeleton } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { BudgetRules } from "./budget-rules";
import { budgetQuery, type Detail } from "./queries";
import { useMoment } from "./use-moment";

/** What card schemes and networks leave for another charge. */
export function BudgetCard({ recovery }: { recovery: Pick<Detail, "id"> }) {
  const t = useTranslations("recoveries");
  const moment = useMoment();
  const { data, error } = useQuery(budgetQuery(recovery.id));
  const allowedAt = data?.charge_allowed_at;
  return (
    <Card title={t("budget.title")} description={t("budget.description")}>
      {data === undefined && (error ? <ProblemNote error={error} /> : <Skeleton className="h-16" />)}
      {data?.forbidden_by != null && (
        <p className="mb-4 flex gap-2 rounded-control bg-bad-tint p-3 text-sm text-bad-text">
          <Icon name="ban" size={16} className="mt-0.5" />
          <span>
            {allowedAt == null ? t("budget.never") : t("budget.notBefore", { when: moment(allowedAt) })}{" "}
            <code className="font-mono text-xs">{data.forbidden_by}</code>
          </span>
        </p>
      )}
      {data !== undefined &&
        (data.rules.length > 0 ? (
          <BudgetRules rules={data.rules} />
        ) : (
          <p className="text-sm text-ink-soft">{t("budget.none")}</p>
        ))}
    </Card>
  );
}

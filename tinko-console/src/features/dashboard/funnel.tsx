import { Card } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { FEW } from "./figures";
import { ListLink } from "./list-link";
import type { Asked, Kpis } from "./queries";

const STAGES = ["failed", "retried", "messaged", "opened", "paid"] as const;

/** How far the cohort came. */
export function Funnel({ stages, asked }: { stages: Kpis["figures"]["funnel"]; asked: Asked }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const failed = stages[0]?.count ?? 0;
  return (
    <Card title={t("funnel.title")} description={t("funnel.text")}>
      <ol className="flex flex-col gap-2.5">
        {STAGES.map((name) => {
          const count = stages.find((each) => each.stage === name)?.count ?? 0;
          const share = failed === 0 ? 0 : count / failed;
          const number = <span className="font-semibold text-ink">{format.number(count)}</span>;
          return (
            <li key={name} className="grid grid-cols-[6.5rem_1fr_auto] items-center gap-3 text-sm">
              <span className="leading-tight">{t(`funnel.${name}`)}</span>
              <span aria-hidden="true" className="h-6 rounded-md bg-sunken">
                <span
                  className={`block h-full rounded-md transition-[width] duration-300 ${name === "paid" ? "bg-good" : "bg-accent"}`}
                  style={{ width: `${share * 100}%` }}
                />
              </span>
              <span className="min-w-20 text-right text-ink-soft">
                {name === "failed" || name === "paid" ? (
                  <ListLink asked={asked} {...(name === "paid" ? { behind: { status: "recovered" } } : {})}>
                    {number}
                  </ListLink>
                ) : (
                  number
                )}
                {failed >= FEW && <span className="ml-2">{format.percent(share, 0)}</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

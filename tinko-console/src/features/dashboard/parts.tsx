import { useQuery } from "@tanstack/react-query";

import { Card, QueryView, Skeleton } from "@/components";
import { CATEGORIES } from "@/lib/categories";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { FateBar } from "./fates";
import { FEW } from "./figures";
import { ListLink } from "./list-link";
import { partsQuery, type Asked } from "./queries";

const GATEWAYS: Record<string, string> = {
  stripe: "Stripe",
  razorpay: "Razorpay",
  paypal: "PayPal",
  paymongo: "PayMongo",
  xendit: "Xendit",
  sandbox: "Sandbox",
};

/** The cohort in parts, the largest first; each bar is as long as it has failures. */
export function Parts({ asked, by }: { asked: Asked; by: "category" | "gateway" }) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const query = useQuery(partsQuery(asked, by));
  const nameOf = (key: string) => {
    const category = CATEGORIES.find((each) => each === key);
    return by === "category" && category ? t(`categories.${category}`) : (GATEWAYS[key] ?? key);
  };
  return (
    <Card title={t(`parts.${by}`)} description={t("parts.text")}>
      <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
        {({ groups }) => {
          const parts = [...groups]
            .filter(({ figures }) => figures.failed.count > 0)
            .sort((a, b) => b.figures.failed.count - a.figures.failed.count);
          const most = parts[0]?.figures.failed.count ?? 0;
          if (parts.length === 0) return <p className="text-sm text-ink-soft">{t("parts.empty")}</p>;
          return (
            <ul className="flex flex-col gap-3.5">
              {parts.map(({ key, figures }) => (
                <li key={key}>
                  <div className="mb-1.5 flex items-baseline justify-between gap-3 text-sm">
                    <ListLink asked={asked} behind={{ [by]: key }} className="min-w-0 font-medium">
                      {nameOf(key)}
                    </ListLink>
                    <span className="shrink-0 text-ink-soft">
                      <ListLink asked={asked} behind={{ [by]: key, status: "recovered" }}>
                        {figures.failed.count < FEW
                          ? t("rate.of", {
                              recovered: format.number(figures.recovered.count),
                              failed: format.number(figures.failed.count),
                            })
                          : t("parts.back", { percent: format.percent(figures.recovery_rate ?? 0, 0) })}
                      </ListLink>
                      {figures.failed.count >= FEW && (
                        <span className="ml-3 inline-block min-w-8 text-right font-semibold text-ink">
                          {format.number(figures.failed.count)}
                        </span>
                      )}
                    </span>
                  </div>
                  <FateBar cohort={figures} most={most} slim />
                </li>
              ))}
            </ul>
          );
        }}
      </QueryView>
    </Card>
  );
}

import { Badge, Card, DateTime, Money } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { Code } from "./fact-list";
import type { Detail } from "./queries";
import { useNames, useWords } from "./words";

/** Money that went back: refunds and disputes. */
export function Reversals({ reversals }: { reversals: Detail["reversals"] }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const names = useNames();
  return (
    <Card title={t("reversalsTitle")} description={t("reversalsText")}>
      <ul className="divide-y divide-line">
        {reversals.map((reversal) => (
          <li
            key={reversal.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3 text-sm first:pt-0 last:pb-0"
          >
            <span className="min-w-0 flex-1 basis-48">
              <span className="block font-medium">
                {words.reversal(reversal.kind)}
                {reversal.amount !== null && reversal.currency !== null && (
                  <>
                    {" "}
                    · <Money minor={reversal.amount} currency={reversal.currency} />
                  </>
                )}
              </span>
              <span className="block text-xs text-ink-faint">
                {names.account(reversal.psp_account_id)} · <Code>{reversal.psp_payment_id}</Code>
              </span>
              {reversal.reason !== null && (
                <span className="block text-xs text-ink-soft">{reversal.reason}</span>
              )}
            </span>
            <Badge tone={reversal.kind === "dispute" ? "warn" : "neutral"}>
              {words.reversal(reversal.status)}
            </Badge>
            <span className="text-xs text-ink-faint">
              <DateTime at={reversal.occurred_at} absolute />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

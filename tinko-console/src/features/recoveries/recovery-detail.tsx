import { Badge, Card, PageHeader, StatusBadge, Tabs } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { ActionsCard } from "./actions-card";
import { Attempts } from "./attempts";
import { BudgetCard } from "./budget-card";
import { FactsCard, PayerCard } from "./facts-cards";
import { Links } from "./links";
import { Messages } from "./messages";
import { NowCard } from "./now-card";
import type { Part } from "./parts";
import { PspEvents } from "./psp-events";
import type { Detail } from "./queries";
import { Reports } from "./reports";
import { Reversals } from "./reversals";
import { Story } from "./story";
import { useWords } from "./words";

/** One recovery: where it stands and what to do, then everything that happened and why. */
export function RecoveryDetail({
  recovery,
  part,
  onPart,
}: {
  recovery: Detail;
  part: Part;
  onPart: (part: Part) => void;
}) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const words = useWords();
  return (
    <>
      <PageHeader
        title={format.money(recovery.amount, recovery.currency)}
        badges={
          <>
            <StatusBadge status={recovery.paused ? "paused" : recovery.status} />
            {recovery.needs_attention !== null && (
              <Badge tone="warn" icon="alert">
                {words.attention(recovery.needs_attention)}
              </Badge>
            )}
          </>
        }
        description={
          <span className="break-all">
            {[recovery.transaction_ref, recovery.payer, words.gateway(recovery.gateway)]
              .filter(Boolean)
              .join(" · ")}
          </span>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <NowCard recovery={recovery} />
        <div className="min-w-0 gap-5 max-lg:contents lg:row-span-3 lg:flex lg:flex-col">
          <ActionsCard recovery={recovery} />
          <div className="flex min-w-0 flex-col gap-5 max-lg:order-1">
            <BudgetCard recovery={recovery} />
            <PayerCard recovery={recovery} />
            <FactsCard recovery={recovery} />
          </div>
        </div>
        {recovery.reversals.length > 0 && <Reversals reversals={recovery.reversals} />}
        <Card className="lg:self-stretch">
          <Tabs label={t("parts.label")} value={part} onChange={onPart} tabs={partsOf(recovery, t)} />
        </Card>
      </div>
    </>
  );
}

function partsOf(recovery: Detail, t: ReturnType<typeof useTranslations<"recoveries">>) {
  return [
    { value: "timeline", label: t("parts.timeline"), content: <Story recovery={recovery} /> },
    {
      value: "attempts",
      label: <Counted text={t("parts.attempts")} count={recovery.attempts.length} />,
      content: <Attempts recovery={recovery} />,
    },
    {
      value: "messages",
      label: (
        <Counted text={t("parts.messages")} count={recovery.notifications.length + recovery.links.length} />
      ),
      content: (
        <div className="flex flex-col gap-8">
          <Messages messages={recovery.notifications} />
          <Links recovery={recovery} />
        </div>
      ),
    },
    {
      value: "reports",
      label: (
        <Counted text={t("parts.reports")} count={recovery.events.length + recovery.psp_events.length} />
      ),
      content: (
        <div className="flex flex-col gap-8">
          <Reports reports={recovery.events} />
          <PspEvents events={recovery.psp_events} />
        </div>
      ),
    },
  ] as const satisfies readonly { value: Part; label: React.ReactNode; content: React.ReactNode }[];
}

function Counted({ text, count }: { text: string; count: number }) {
  return (
    <>
      {text}
      <span className="rounded-full bg-sunken px-1.5 text-xs text-ink-soft">{count}</span>
    </>
  );
}

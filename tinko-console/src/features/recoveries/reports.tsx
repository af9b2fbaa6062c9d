import { DateTime, JsonView } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { Code, FactList } from "./fact-list";
import type { Detail } from "./queries";
import { Nothing, Section } from "./section";
import { useWords } from "./words";

type Report = Detail["events"][number];

/** What was reported, as it came. */
export function Reports({ reports }: { reports: readonly Report[] }) {
  const t = useTranslations("recoveries");
  return (
    <Section title={t("reports.title")} text={t("reports.text")}>
      {reports.length === 0 && <Nothing>{t("reports.none")}</Nothing>}
      {reports.toReversed().map((report) => (
        <One key={report.id} report={report} />
      ))}
    </Section>
  );
}

function One({ report }: { report: Report }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const { title } = report.classification;
  return (
    <article className="rounded-control border border-line p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h4 className="font-medium">{typeof title === "string" ? title : words.reason(report.reason)}</h4>
        <span className="text-xs text-ink-faint">
          <DateTime at={report.received_at} absolute />
        </span>
      </div>
      <div className="mt-3">
        <FactList
          facts={[
            [t("reports.reason"), <Code key="reason">{report.failure_reason}</Code>],
            [t("reports.code"), report.failure_code && <Code key="code">{report.failure_code}</Code>],
            [
              t("reports.network"),
              [report.network_decline_code, report.network_advice_code].filter(Boolean).join(" · "),
            ],
            [t("reports.message"), report.failure_message],
            [t("reports.understood"), `${words.reason(report.reason)} (${words.category(report.category)})`],
            [t("reports.rule"), <Code key="rule">{report.rule}</Code>],
            [
              t("reports.payment"),
              report.psp_payment_id && <Code key="payment">{report.psp_payment_id}</Code>,
            ],
          ]}
        />
      </div>
      <details className="mt-3 text-sm">
        <summary className="inline-flex min-h-6 items-center rounded font-medium text-accent-text">
          {t("reports.raw")}
        </summary>
        <div className="mt-2">
          <JsonView value={report} label={t("reports.raw")} />
        </div>
      </details>
    </article>
  );
}

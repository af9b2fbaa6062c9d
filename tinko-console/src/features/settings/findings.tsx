import { Banner, DateTime } from "@/components";
import { useTranslations } from "@/lib/i18n";

import type { LastCheck } from "./queries";

/** What a test found: nothing missing, or each thing and how to mend it. */
export function Findings({ check }: { check: LastCheck }) {
  const t = useTranslations("settings");
  const { at, found } = check;
  const when = (
    <span className="text-xs opacity-90">
      {t("psp.checked")} <DateTime machine at={at} />
    </span>
  );
  if (found.ok) {
    return (
      <Banner tone="good" action={when}>
        {t("psp.allWell")}
      </Banner>
    );
  }
  return (
    <Banner tone="warn" action={when}>
      <p className="font-medium">{t("psp.found", { count: found.findings.length })}</p>
      <ul className="mt-1 flex list-disc flex-col gap-1 pl-4">
        {found.findings.map((each) => (
          <li key={each.code + each.detail}>{each.detail}</li>
        ))}
      </ul>
    </Banner>
  );
}

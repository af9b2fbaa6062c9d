import { Icon } from "@/components";

import type { LookBack } from "./queries";
import { useRuleWords } from "./words";

/** Where the classifier's safety stands above the rule, and what that means. */
export function Warnings({ warnings, counted }: { warnings: LookBack["warnings"]; counted: boolean }) {
  const { t, keptTitle } = useRuleWords();
  if (warnings.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2">
      {warnings.map((each) => (
        <li key={each.code} className="flex gap-2.5 rounded-control bg-warn-tint p-3 text-sm text-warn-text">
          <Icon name="shield" size={17} className="mt-0.5" />
          <div className="min-w-0">
            <p className="font-medium">
              {keptTitle(each.code)}
              {counted && <> · {t("lookBack.failures", { count: each.count })}</>}
            </p>
            <p lang="en">{each.detail}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

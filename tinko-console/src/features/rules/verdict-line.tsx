import { Badge } from "@/components";

import type { Verdict } from "./queries";
import { useRuleWords } from "./words";

/** What a failure is taken for. */
export function VerdictLine({ verdict }: { verdict: Verdict }) {
  const words = useRuleWords();
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <span className="font-medium">{words.category(verdict.category)}</span>
      <Badge
        tone={verdict.hardness === "hard" ? "warn" : "info"}
        icon={verdict.hardness === "hard" ? "ban" : "refresh"}
      >
        {words.hardness(verdict.hardness)}
      </Badge>
      <span className="text-ink-soft">{words.retry(verdict.retry)}</span>
    </span>
  );
}

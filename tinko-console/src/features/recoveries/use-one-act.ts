import { useState } from "react";

import { toast, useProblemText } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { useActs, type Act } from "./acts";
import type { Detail } from "./queries";

const BACK: Partial<Record<Act, Act>> = { pause: "resume", resume: "pause" };

/** Acts that are done at once: they harm nothing, or can be taken back. */
export function useOneAct(recovery: Pick<Detail, "id">) {
  const t = useTranslations("recoveries");
  const acts = useActs(recovery.id);
  const text = useProblemText();
  const [busy, setBusy] = useState<Act | null>(null);
  const run = async (act: Exclude<Act, "retry" | "cancel">, undoable = true): Promise<void> => {
    setBusy(act);
    try {
      await acts.run(act);
      const back = undoable ? BACK[act] : undefined;
      toast(t(`did.${act}`), {
        ...(back === "pause" || back === "resume"
          ? { action: { label: t("undo"), run: () => void run(back, false) } }
          : {}),
      });
    } catch (error) {
      toast(text(error as Error), { tone: "bad" });
    } finally {
      setBusy(null);
    }
  };
  return { busy, run: (act: Exclude<Act, "retry" | "cancel">) => void run(act) };
}

import { Button, Icon, Spinner } from "@/components";

import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

/** Whether what was typed is kept; nobody has to save. */
export function SaveNote({ editor }: { editor: Editor }) {
  const { t } = usePolicyWords();
  const { state } = editor;
  return (
    <span role="status" className="flex items-center gap-1.5 text-sm text-ink-soft">
      {state === "saving" && <Spinner size={14} />}
      {state === "saved" && <Icon name="check" size={15} className="text-good-text" />}
      {(state === "wrong" || state === "failed") && <Icon name="alert" size={15} className="text-bad-text" />}
      {t(`saving.${state}`)}
      {state === "failed" && (
        <Button size="sm" look="ghost" onClick={() => void editor.flush().catch(() => undefined)}>
          {t("saving.again")}
        </Button>
      )}
    </span>
  );
}

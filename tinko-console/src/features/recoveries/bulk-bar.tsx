import { useState } from "react";

import { Button, IconButton } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { BulkDialog } from "./bulk-dialog";
import type { BulkAct } from "./queries";

export const MOST_AT_ONCE = 500;
const ACTS = [
  ["retry", "refresh"],
  ["pause", "pause"],
  ["resume", "play"],
  ["cancel", "ban"],
] as const satisfies readonly (readonly [BulkAct, string])[];

/** What may be done with all selected rows; stays in sight while one scrolls. */
export function BulkBar({
  ids,
  labels,
  onClear,
}: {
  ids: readonly string[];
  /** What each is called. */
  labels: ReadonlyMap<string, string>;
  onClear: () => void;
}) {
  const t = useTranslations("recoveries");
  const [act, setAct] = useState<BulkAct | null>(null);
  const tooMany = ids.length > MOST_AT_ONCE;
  return (
    <>
      {ids.length > 0 && (
        <div
          role="region"
          aria-label={t("bulk.label")}
          className="sticky bottom-3 z-10 mx-auto mt-4 flex w-fit max-w-full animate-rise flex-wrap items-center justify-center gap-1.5 rounded-2xl border border-line-strong bg-surface py-2 pr-2 pl-4 shadow-raised"
        >
          <p role="status" className="mr-2 text-sm font-medium">
            {t("bulk.selected", { count: ids.length })}
          </p>
          {ACTS.map(([name, icon]) => (
            <Button
              key={name}
              size="sm"
              icon={icon}
              look="ghost"
              disabled={tooMany}
              onClick={() => setAct(name)}
              className={name === "cancel" ? "!text-bad-text" : "!text-ink"}
            >
              {t(`acts.${name}`)}
            </Button>
          ))}
          <IconButton icon="x" size="sm" label={t("bulk.clear")} onClick={onClear} />
          {tooMany && (
            <p className="w-full text-xs text-warn-text">{t("bulk.tooMany", { most: MOST_AT_ONCE })}</p>
          )}
        </div>
      )}
      {act !== null && (
        <BulkDialog
          act={act}
          ids={ids}
          labels={labels}
          onClose={(done) => {
            setAct(null);
            if (done) onClear();
          }}
        />
      )}
    </>
  );
}

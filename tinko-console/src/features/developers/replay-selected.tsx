import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, ConfirmDialog, toast } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

/** What may be done with the events that are ticked. */
export function SelectionBar({ ids, onDone }: { ids: readonly string[]; onDone: () => void }) {
  const t = useTranslations("developers");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const replay = async () => {
    const answers = await Promise.allSettled(
      ids.map((id) =>
        api.POST("/v1/psp_events/{psp_event_id}/replay", { params: { path: { psp_event_id: id } } }),
      ),
    );
    await client.invalidateQueries({ queryKey: ["psp_events"] });
    const failed = answers.find((answer) => answer.status === "rejected");
    const count = answers.filter((answer) => answer.status === "fulfilled").length;
    if (count > 0) toast(t("replay.begun", { count }), { tone: "info" });
    if (failed !== undefined) throw failed.reason;
    onDone();
  };
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3 rounded-card border border-line bg-accent-tint px-4 py-2 text-sm">
      <p className="flex-1 font-medium">{t("replay.chosen", { count: ids.length })}</p>
      <Button size="sm" look="ghost" onClick={onDone}>
        {t("replay.unselect")}
      </Button>
      <Button size="sm" icon="refresh" onClick={() => setAsking(true)}>
        {t("replay.submit", { count: ids.length })}
      </Button>
      <ConfirmDialog
        open={asking}
        danger={false}
        onOpenChange={setAsking}
        title={t("replay.ask", { count: ids.length })}
        confirm={t("replay.submit", { count: ids.length })}
        onConfirm={replay}
      >
        <p>{t("replay.safe")}</p>
      </ConfirmDialog>
    </div>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, ConfirmDialog, DateTime, Dialog, Field, Form, Select, toast } from "@/components";
import { api, dataOf } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import type { ApiKey, NewApiKey } from "./queries";

const OVERLAPS = ["0", "3600", "86400", "604800"] as const;

/** A successor; the old key works on for a while. */
export function RotateDialog({
  apiKey,
  onClose,
  onMade,
}: {
  apiKey: ApiKey;
  onClose: () => void;
  onMade: (key: NewApiKey) => void;
}) {
  const t = useTranslations("developers");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]>("86400");
  const submit = async () => {
    const made = await dataOf(
      api.POST("/v1/api_keys/{key_id}/rotate", {
        params: { path: { key_id: apiKey.id } },
        body: { overlap_seconds: Number(overlap) },
      }),
    );
    void client.invalidateQueries({ queryKey: ["api_keys"] });
    onMade(made);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("rotate.title", { name: apiKey.name })}
      description={t("rotate.text")}
    >
      <Form fields={["overlap_seconds"]} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("rotate.overlap")} hint={t("rotate.hint")} error={of("overlap_seconds")}>
              <Select
                value={overlap}
                onChange={setOverlap}
                options={OVERLAPS.map((value) => ({ value, label: t(`rotate.for${value}`) }))}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy}>
                {t("rotate.submit")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** The end of a key, and what that means. */
export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const t = useTranslations("developers");
  const client = useQueryClient();
  const revoke = async () => {
    await api.DELETE("/v1/api_keys/{key_id}", { params: { path: { key_id: apiKey.id } } });
    await client.invalidateQueries({ queryKey: ["api_keys"] });
    toast(t("revoke.done", { name: apiKey.name }));
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("revoke.title", { name: apiKey.name })}
      confirm={t("keys.revoke")}
      onConfirm={revoke}
    >
      <p>{t("revoke.text")}</p>
      <p>
        {apiKey.last_used_at ? (
          <>
            {t("revoke.lastUsed")}{" "}
            <strong className="text-ink">
              <DateTime machine at={apiKey.last_used_at} />
            </strong>
          </>
        ) : (
          t("revoke.neverUsed")
        )}
      </p>
      <p>{t("revoke.instead")}</p>
    </ConfirmDialog>
  );
}

import { useState } from "react";

import { Button, Dialog, Field, Form, Input, Select, toast } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { useChangeAccount } from "./account-end";
import { isProvider, nameOf, WEBHOOK_WORDS, webhookBody } from "./providers";
import type { PspAccount } from "./queries";

const OVERLAPS = ["0", "24", "72", "168"] as const;

/** Takes a new webhook secret while the old one holds on, so that no webhook is missed. */
export function SecretDialog({ account, onClose }: { account: PspAccount; onClose: () => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const change = useChangeAccount(account.id);
  const [secret, setSecret] = useState("");
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]>("24");
  const byId = account.psp === "paypal";
  const word = isProvider(account.psp) ? WEBHOOK_WORDS[account.psp] : null;
  const submit = async () => {
    const hours = byId ? {} : { webhook_secret_overlap_hours: Number(overlap) };
    await change.mutateAsync({ ...webhookBody(account.psp, secret.trim()), ...hours });
    toast(t("secret.saved"));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("secret.title")}
      description={t("secret.text", { psp: nameOf(account.psp) })}
    >
      <Form
        fields={["webhook_secret", "webhook_secret_overlap_hours", "credentials/webhook_id"]}
        onSubmit={submit}
      >
        {({ of, busy, note }) => (
          <>
            {note}
            <Field
              label={word ?? t("psp.webhookSecret")}
              error={of("webhook_secret") ?? of("credentials/webhook_id")}
              required
            >
              <Input
                value={secret}
                autoComplete="off"
                spellCheck={false}
                className="font-mono"
                onChange={(event) => setSecret(event.target.value)}
              />
            </Field>
            {!byId && (
              <Field
                label={t("secret.overlap")}
                hint={t("secret.overlapHint")}
                error={of("webhook_secret_overlap_hours")}
              >
                <Select
                  value={overlap}
                  onChange={setOverlap}
                  options={OVERLAPS.map((value) => ({ value, label: t(`secret.for${value}`) }))}
                />
              </Field>
            )}
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy} disabled={busy || secret.trim() === ""}>
                {t("secret.submit")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

import { useState } from "react";

import { Button, Checkbox, CodeBlock, CopyButton, Dialog } from "@/components";
import { useTranslations } from "@/lib/i18n";

import type { NewApiKey } from "./queries";

/** The secret, once: closes only when it was stored. */
export function SecretDialog({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const t = useTranslations("developers");
  const [stored, setStored] = useState(false);
  return (
    <Dialog
      open
      closable={false}
      onOpenChange={onClose}
      title={t("secret.title", { name: made.name })}
      description={t("secret.text")}
      footer={
        <Button look="primary" disabled={!stored} onClick={onClose}>
          {t("secret.done")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <CodeBlock label={t("secret.label")} code={made.secret} />
        <div>
          <CopyButton text={made.secret} label={t("secret.copy")} />
        </div>
        <Checkbox
          label={t("secret.stored")}
          hint={t("secret.storedHint")}
          checked={stored}
          onChange={setStored}
        />
      </div>
    </Dialog>
  );
}

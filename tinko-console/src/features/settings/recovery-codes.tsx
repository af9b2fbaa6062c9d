import { useState } from "react";

import { Button, Checkbox, CopyButton, Dialog } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

/** The codes, once: closes only when they were stored. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = useTranslations("settings");
  const { user } = useMe();
  const [stored, setStored] = useState(false);
  const text = codes.join("\n");
  const download = () => {
    const url = URL.createObjectURL(new Blob([`Tinko, ${user.email}\n\n${text}\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "tinko-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Dialog
      open
      closable={false}
      onOpenChange={onClose}
      title={t("codes.title")}
      description={t("codes.text", { count: codes.length })}
      footer={
        <Button look="primary" disabled={!stored} onClick={onClose}>
          {t("codes.done")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <ul className="grid grid-cols-2 gap-x-4 gap-y-1.5 rounded-control border border-line bg-sunken p-4 text-center font-mono text-sm">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <div className="flex flex-wrap gap-2">
          <CopyButton text={text} label={t("codes.copy")} />
          <Button size="sm" icon="download" onClick={download}>
            {t("codes.download")}
          </Button>
        </div>
        <Checkbox
          label={t("codes.stored")}
          hint={t("codes.storedHint")}
          checked={stored}
          onChange={setStored}
        />
      </div>
    </Dialog>
  );
}

import { useState } from "react";

import { Button, Dialog, Field, Form, Input, RadioGroup, toast } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import { useChangeAccount } from "./account-end";
import { CREDENTIALS, isProvider, NATIVE_RETRIES, type NativeRetries } from "./providers";
import type { PspAccount } from "./queries";

/** Changes what an account is called, when it is taken, who retries, and its keys. */
export function EditAccountDialog({ account, onClose }: { account: PspAccount; onClose: () => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const { mode } = useMe();
  const change = useChangeAccount(account.id);
  const [label, setLabel] = useState(account.label);
  const [priority, setPriority] = useState(String(account.priority));
  const [native, setNative] = useState(account.native_retries as NativeRetries);
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const wanted = isProvider(account.psp) ? CREDENTIALS[account.psp] : [];
  const submit = async () => {
    const credentials = Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== ""));
    await change.mutateAsync({
      label,
      priority: Number(priority),
      native_retries: native,
      ...(Object.keys(credentials).length > 0 ? { credentials } : {}),
    });
    toast(common("states.saved"));
    onClose();
  };
  const fields = ["label", "priority", "native_retries", ...wanted.map(({ name }) => `credentials/${name}`)];
  return (
    <Dialog open wide onOpenChange={onClose} title={t("psp.editTitle", { name: account.label })}>
      <Form fields={fields} onSubmit={submit} className="flex flex-col gap-5">
        {({ of, busy, note }) => (
          <>
            {note}
            <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
              <Field label={t("psp.label")} error={of("label")} required>
                <Input value={label} maxLength={80} onChange={(event) => setLabel(event.target.value)} />
              </Field>
              <Field label={t("psp.priority")} error={of("priority")}>
                <Input
                  inputMode="numeric"
                  value={priority}
                  maxLength={5}
                  onChange={(event) => setPriority(event.target.value.replace(/\D/g, ""))}
                />
              </Field>
            </div>
            <p className="-mt-3 text-xs text-ink-faint">{t("psp.priorityHint")}</p>
            <NativeChoice value={native} onChange={setNative} />
            <div className="flex flex-col gap-4">
              <p className="text-sm text-ink-soft">{t("psp.keysHint")}</p>
              {wanted.map(({ name, label: theirs, live, test }) => (
                <Field key={name} label={theirs} error={of(`credentials/${name}`)}>
                  <Input
                    value={given[name] ?? ""}
                    autoComplete="off"
                    spellCheck={false}
                    placeholder={account.credentials?.[name] ?? (mode === "live" ? live : test)}
                    className="font-mono"
                    onChange={(event) => setGiven({ ...given, [name]: event.target.value })}
                  />
                </Field>
              ))}
            </div>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button
                type="submit"
                look="primary"
                busy={busy}
                disabled={busy || label.trim() === "" || priority === ""}
              >
                {common("actions.save")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** Who charges again where the provider retries by itself. */
export function NativeChoice({
  value,
  onChange,
}: {
  value: NativeRetries;
  onChange: (value: NativeRetries) => void;
}) {
  const t = useTranslations("settings");
  return (
    <div>
      <p className="text-sm font-medium">{t("psp.native")}</p>
      <p className="mb-2 text-xs text-ink-faint">{t("psp.nativeHint")}</p>
      <RadioGroup
        label={t("psp.native")}
        value={value}
        onChange={onChange}
        options={NATIVE_RETRIES.map((each) => ({
          value: each,
          label: t(`psp.${each}`),
          hint: t(`psp.${each}Hint`),
        }))}
      />
    </div>
  );
}

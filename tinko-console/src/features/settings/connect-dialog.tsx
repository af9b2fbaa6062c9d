import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Dialog, Field, Form, Input, Select, Stepper } from "@/components";
import { api, dataOf } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import { ConnectCheck, ConnectWebhook } from "./connect-steps";
import { CREDENTIALS, nameOf, PROVIDERS, type Provider } from "./providers";
import type { PspAccount } from "./queries";

/**
 * Connects a provider in three steps: keys, webhook, test. The account is kept switched off until the end,
 * so nothing goes through it untested.
 */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("settings");
  const [account, setAccount] = useState<PspAccount | null>(null);
  const [step, setStep] = useState(0);
  const steps = (["keys", "webhook", "check"] as const).map((name, index) => ({
    name: t(`connect.${name}`),
    done: index < step,
  }));
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={account ? t("connect.titleOf", { psp: nameOf(account.psp) }) : t("connect.title")}
      description={t("connect.text")}
    >
      <div className="flex flex-col gap-5">
        <Stepper label={t("connect.title")} current={step} steps={steps} />
        {account === null ? (
          <KeysForm
            onClose={onClose}
            onMade={(made) => {
              setAccount(made);
              setStep(made.psp === "sandbox" ? 2 : 1);
            }}
          />
        ) : step === 1 ? (
          <ConnectWebhook account={account} onNext={() => setStep(2)} />
        ) : (
          <ConnectCheck account={account} onClose={onClose} />
        )}
      </div>
    </Dialog>
  );
}

function KeysForm({ onClose, onMade }: { onClose: () => void; onMade: (account: PspAccount) => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { mode } = useMe();
  const offered = PROVIDERS.filter((each) => mode === "test" || each !== "sandbox");
  const [psp, setPsp] = useState<Provider>("stripe");
  const [label, setLabel] = useState("");
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const wanted = CREDENTIALS[psp];
  const submit = async () => {
    const credentials = Object.fromEntries(wanted.map(({ name }) => [name, (given[name] ?? "").trim()]));
    const body = {
      psp,
      credentials,
      is_enabled: false,
      native_retries: "wait" as const,
      label: label.trim() || nameOf(psp),
    };
    const made = await dataOf(api.POST("/v1/psp_accounts", { body }));
    void client.invalidateQueries({ queryKey: ["psp_accounts"] });
    onMade(made);
  };
  return (
    <Form
      fields={["psp", "label", ...wanted.map(({ name }) => `credentials/${name}`)]}
      onSubmit={submit}
      className="flex flex-col gap-4"
    >
      {({ of, busy, note }) => (
        <>
          {note}
          <Field label={t("connect.psp")} error={of("psp")}>
            <Select
              value={psp}
              onChange={(next) => {
                setPsp(next);
                setGiven({});
              }}
              options={offered.map((value) => ({ value, label: nameOf(value) }))}
            />
          </Field>
          <p className="rounded-control bg-sunken p-3 text-sm text-ink-soft">{t(`connect.where.${psp}`)}</p>
          {wanted.map(({ name, label: theirs, live, test, secret }) => (
            <Field key={name} label={theirs} error={of(`credentials/${name}`)} required>
              <Input
                value={given[name] ?? ""}
                type={secret ? "password" : "text"}
                autoComplete="off"
                spellCheck={false}
                placeholder={mode === "live" ? live : test}
                className="font-mono"
                onChange={(event) => setGiven({ ...given, [name]: event.target.value })}
              />
            </Field>
          ))}
          <Field label={t("psp.label")} hint={t("connect.labelHint")} error={of("label")}>
            <Input
              value={label}
              maxLength={80}
              placeholder={nameOf(psp)}
              onChange={(event) => setLabel(event.target.value)}
            />
          </Field>
          <p className="text-xs text-ink-faint">
            {t(mode === "live" ? "connect.liveKeys" : "connect.testKeys")}
          </p>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{common("actions.cancel")}</Button>
            <Button
              type="submit"
              look="primary"
              busy={busy}
              disabled={busy || wanted.some(({ name }) => (given[name] ?? "").trim() === "")}
            >
              {t("connect.next")}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}

import { lazy, Suspense, useState } from "react";

import { Button, CopyButton, Dialog, Field, Form, Input, Skeleton } from "@/components";
import { api, dataOf, type Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

const QrCode = lazy(() => import("./qr-code"));

/** Gives the secret to an app, as a picture or as text, and takes its first code. */
export function TwoStepSetup({
  offer,
  onClose,
  onDone,
}: {
  offer: Schemas["TotpOfferView"];
  onClose: () => void;
  onDone: (codes: readonly string[]) => void;
}) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const [code, setCode] = useState("");
  const submit = async () => {
    const made = await dataOf(api.POST("/v1/auth/totp/confirm", { body: { code: code.trim() } }));
    onDone(made.recovery_codes);
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("twoStep.begin")} description={t("twoStep.nothingYet")}>
      <Form fields={["code"]} onSubmit={submit} className="flex flex-col gap-5">
        {({ of, busy, note }) => (
          <>
            {note}
            <div className="flex flex-col gap-3">
              <p className="text-sm font-medium">{t("twoStep.scan")}</p>
              <Suspense fallback={<Skeleton className="mx-auto size-44" />}>
                <QrCode text={offer.otpauth_uri} label={t("twoStep.qr")} />
              </Suspense>
              <div className="rounded-control bg-sunken p-3 text-xs text-ink-soft">
                <p>{t("twoStep.typed")}</p>
                <p className="mt-1 flex items-center justify-between gap-2">
                  <code className="font-mono text-sm break-all text-ink">{grouped(offer.secret)}</code>
                  <CopyButton text={offer.secret} />
                </p>
              </div>
            </div>
            <Field label={t("twoStep.code")} hint={t("twoStep.codeHint")} error={of("code")} required>
              <Input
                inputMode="numeric"
                autoComplete="one-time-code"
                maxLength={10}
                value={code}
                className="font-mono tracking-widest"
                onChange={(event) => setCode(event.target.value)}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy} disabled={busy || code.trim().length < 6}>
                {t("twoStep.confirm")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, "$1 ");

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Badge, Button, Card, Dialog, Field, Form, Input, ProblemNote, toast } from "@/components";
import { api, dataOf, type Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useMe } from "@/lib/session";

import { RecoveryCodesDialog } from "./recovery-codes";
import { TwoStepSetup } from "./two-step-setup";

/** Two-step sign-in: on, off, and its recovery codes. */
export function TwoStepCard() {
  const t = useTranslations("settings");
  const on = useMe().totp_enabled;
  const client = useQueryClient();
  const [offer, setOffer] = useState<Schemas["TotpOfferView"] | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [ending, setEnding] = useState(false);
  const begin = useMutation({
    mutationFn: () => dataOf(api.POST("/v1/auth/totp")),
    onSuccess: setOffer,
  });
  return (
    <Card
      title={
        <span className="inline-flex flex-wrap items-center gap-2.5">
          {t("twoStep.title")}
          <Badge tone={on ? "good" : "neutral"} icon={on ? "check" : "minus"}>
            {t(on ? "twoStep.on" : "twoStep.off")}
          </Badge>
        </span>
      }
      description={t(on ? "twoStep.onText" : "twoStep.offText")}
    >
      <div className="flex flex-col items-start gap-3">
        {begin.error && <ProblemNote error={begin.error} />}
        {on ? (
          <Button onClick={() => setEnding(true)}>{t("twoStep.disable")}</Button>
        ) : (
          <Button icon="shield" busy={begin.isPending} onClick={() => begin.mutate()}>
            {t("twoStep.begin")}
          </Button>
        )}
      </div>
      {offer && (
        <TwoStepSetup
          offer={offer}
          onClose={() => setOffer(null)}
          onDone={(made) => {
            setOffer(null);
            setCodes(made);
          }}
        />
      )}
      {codes && (
        <RecoveryCodesDialog
          codes={codes}
          onClose={() => {
            setCodes(null);
            void client.invalidateQueries(meQuery);
          }}
        />
      )}
      {ending && <DisableDialog onClose={() => setEnding(false)} />}
    </Card>
  );
}

function DisableDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const submit = async () => {
    await api.POST("/v1/auth/totp/disable", { body: { password } });
    await client.invalidateQueries(meQuery);
    toast(t("twoStep.disabled"));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("twoStep.disableAsk")}
      description={t("twoStep.disableText")}
    >
      <Form fields={["password"]} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("password.current")} error={of("password")} required>
              <Input
                type="password"
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="danger" busy={busy} disabled={busy || password === ""}>
                {t("twoStep.disable")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

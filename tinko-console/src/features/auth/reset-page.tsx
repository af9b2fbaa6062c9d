import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Banner, Button, Field, Form, Input, TextLink, toast } from "@/components";
import { api, isProblem } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { enter } from "@/lib/session";

import { Frame } from "./frame";
import { CodeField, useSecondStep } from "./second-step";
import { useLinkToken } from "./token";

export function ResetPage() {
  const t = useTranslations("auth");
  const client = useQueryClient();
  const navigate = useNavigate();
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const [gone, setGone] = useState(false);
  const step = useSecondStep();
  const submit = async () => {
    try {
      const done = await step.attempt((code) =>
        api.POST("/v1/auth/password/reset", { body: { token: token ?? "", password, ...code } }),
      );
      if (!done) return;
    } catch (error) {
      if (isProblem(error, "reset_token_gone")) return setGone(true);
      throw error;
    }
    toast(t("reset.done"));
    await enter(client);
    await navigate({ to: "/" });
  };
  return (
    <Frame
      title={t("reset.title")}
      description={t("reset.description")}
      below={<TextLink to="/forgot">{t("reset.again")}</TextLink>}
    >
      {token === null || gone ? (
        <div role="alert">
          <Banner tone="warn">{t(gone ? "reset.gone" : "reset.noToken")}</Banner>
        </div>
      ) : (
        <Form fields={["password", "totp_code"]} onSubmit={submit}>
          {({ of, busy, note }) => (
            <>
              {note}
              <Field
                label={t("fields.newPassword")}
                hint={t("fields.passwordHint")}
                error={of("password")}
                required
              >
                <Input
                  type="password"
                  name="password"
                  autoComplete="new-password"
                  value={password}
                  onChange={(event) => setPassword(event.target.value)}
                />
              </Field>
              <CodeField step={step} error={of("totp_code")} />
              <Button type="submit" look="primary" wide busy={busy}>
                {t("reset.submit")}
              </Button>
            </>
          )}
        </Form>
      )}
    </Frame>
  );
}

import { useState } from "react";

import { Banner, Button, Field, Form, Input, TextLink } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { Frame } from "./frame";

export function ForgotPage() {
  const t = useTranslations("auth");
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const submit = async () => {
    await api.POST("/v1/auth/password/forgot", { body: { email } });
    setSent(true);
  };
  return (
    <Frame
      title={t("forgot.title")}
      description={t("forgot.description")}
      below={<TextLink to="/sign-in">{t("signIn.title")}</TextLink>}
    >
      {sent ? (
        <div role="status">
          <Banner tone="good">{t("forgot.sent", { email })}</Banner>
        </div>
      ) : (
        <Form fields={["email"]} onSubmit={submit}>
          {({ of, busy, note }) => (
            <>
              {note}
              <Field label={t("fields.email")} error={of("email")} required>
                <Input
                  type="email"
                  name="email"
                  autoComplete="username"
                  value={email}
                  onChange={(event) => setEmail(event.target.value)}
                />
              </Field>
              <Button type="submit" look="primary" wide busy={busy}>
                {t("forgot.submit")}
              </Button>
            </>
          )}
        </Form>
      )}
    </Frame>
  );
}

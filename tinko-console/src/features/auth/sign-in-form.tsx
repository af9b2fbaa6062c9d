import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Field, Form, Input } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { enter } from "@/lib/session";

import { CodeField, focusOnce, useSecondStep } from "./second-step";

const FIELDS = ["email", "password", "totp_code"] as const;

/** Address and password, then the code if the person has set that up. */
export function SignInForm({ email: known = "", onDone }: { email?: string; onDone: () => void }) {
  const t = useTranslations("auth");
  const client = useQueryClient();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const step = useSecondStep();

  const submit = async () => {
    const entered = await step.attempt((code) =>
      api.POST("/v1/auth/login", { body: { email, password, ...code } }),
    );
    if (!entered) return;
    await enter(client);
    onDone();
  };

  return (
    <Form fields={FIELDS} onSubmit={submit}>
      {({ of, busy, note }) => (
        <>
          {note}
          <div hidden={step.asked} className="flex flex-col gap-4">
            <Field label={t("fields.email")} error={of("email")} required>
              <Input
                type="email"
                name="email"
                autoComplete="username"
                inputMode="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            </Field>
            <Field label={t("fields.password")} error={of("password")} required>
              <Input
                type="password"
                name="password"
                {...(known ? { ref: focusOnce } : {})}
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
          </div>
          <CodeField step={step} error={of("totp_code")} />
          <Button type="submit" look="primary" wide busy={busy}>
            {t(step.asked ? "signIn.confirm" : "signIn.submit")}
          </Button>
          {step.asked && (
            <Button look="ghost" wide onClick={step.back}>
              {t("signIn.back")}
            </Button>
          )}
        </>
      )}
    </Form>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Button, Field, Form, Input, TextLink } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { enter } from "@/lib/session";

import { Frame } from "./frame";

const FIELDS = ["full_name", "organization_name", "email", "password"] as const;
type Typed = Record<(typeof FIELDS)[number], string>;

export function SignUpPage() {
  const t = useTranslations("auth");
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Typed>({
    full_name: "",
    organization_name: "",
    email: "",
    password: "",
  });
  const bind = (name: keyof Typed) => ({
    name,
    value: typed[name],
    onChange: (event: { target: { value: string } }) => setTyped({ ...typed, [name]: event.target.value }),
  });
  const submit = async () => {
    await api.POST("/v1/auth/register", { body: typed });
    await enter(client);
    await navigate({ to: "/onboarding" });
  };
  return (
    <Frame
      title={t("signUp.title")}
      description={t("signUp.description")}
      below={
        <>
          {t("signUp.known")} <TextLink to="/sign-in">{t("signIn.title")}</TextLink>
        </>
      }
    >
      <Form fields={FIELDS} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("fields.name")} error={of("full_name")} required>
              <Input autoComplete="name" {...bind("full_name")} />
            </Field>
            <Field label={t("fields.organization")} error={of("organization_name")} required>
              <Input autoComplete="organization" {...bind("organization_name")} />
            </Field>
            <Field label={t("fields.email")} error={of("email")} required>
              <Input type="email" inputMode="email" autoComplete="username" {...bind("email")} />
            </Field>
            <Field
              label={t("fields.password")}
              hint={t("fields.passwordHint")}
              error={of("password")}
              required
            >
              <Input type="password" autoComplete="new-password" {...bind("password")} />
            </Field>
            <Button type="submit" look="primary" wide busy={busy}>
              {t("signUp.submit")}
            </Button>
          </>
        )}
      </Form>
    </Frame>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Button, Field, Form, Input } from "@/components";
import { api, type Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { enter } from "@/lib/session";

import { CodeField, useSecondStep } from "./second-step";

/** Joins: a new person with a name and a password, who has an account with its password, or at once. */
export function AcceptForm({
  token,
  invitation,
  signedIn,
}: {
  token: string;
  invitation: Schemas["InvitationByToken"];
  signedIn: boolean;
}) {
  const t = useTranslations("auth");
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const step = useSecondStep();
  const known = invitation.account_exists;
  // As it was when the form came: joining signs in, and must not change what is on the page.
  const [who] = useState<"signedIn" | "known" | "new">(signedIn ? "signedIn" : known ? "known" : "new");
  const submit = async () => {
    const proof = { signedIn: {}, known: { password }, new: { full_name: name, password } }[who];
    const done = await step.attempt((code) =>
      api.POST("/v1/invitations/accept", { body: { token, ...proof, ...code } }),
    );
    if (!done) return;
    await enter(client);
    await navigate({ to: "/" });
  };
  return (
    <Form fields={["full_name", "password", "totp_code"]} onSubmit={submit}>
      {({ of, busy, note }) => (
        <>
          {note}
          <p className="text-sm text-ink-soft">{t(`invite.${who}`)}</p>
          {who === "new" && (
            <Field label={t("fields.name")} error={of("full_name")} required>
              <Input
                name="full_name"
                autoComplete="name"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
          )}
          {/* So that password managers know whose password this is. */}
          <input type="email" autoComplete="username" value={invitation.email} readOnly hidden />
          {who !== "signedIn" && (
            <Field
              label={t("fields.password")}
              hint={known ? undefined : t("fields.passwordHint")}
              error={of("password")}
              required
            >
              <Input
                type="password"
                name="password"
                autoComplete={known ? "current-password" : "new-password"}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
          )}
          <CodeField step={step} error={of("totp_code")} />
          <Button type="submit" look="primary" wide busy={busy}>
            {t("invite.submit")}
          </Button>
        </>
      )}
    </Form>
  );
}

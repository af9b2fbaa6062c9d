import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Card, Field, Form, Input, toast } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

/** A new password; the other sign-ins end with it. */
export function PasswordCard() {
  const t = useTranslations("settings");
  const client = useQueryClient();
  const { user } = useMe();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const save = async () => {
    await api.POST("/v1/auth/password/change", {
      body: { current_password: current, new_password: next },
    });
    setCurrent("");
    setNext("");
    await client.invalidateQueries({ queryKey: ["sessions"] });
    toast(t("password.done"));
  };
  return (
    <Card title={t("password.title")} description={t("password.text")}>
      <Form
        fields={["current_password", "new_password", "password"]}
        onSubmit={save}
        className="flex max-w-lg flex-col gap-4"
      >
        {({ of, busy, note }) => (
          <>
            {note}
            <input type="hidden" name="username" autoComplete="username" value={user.email} readOnly />
            <Field label={t("password.current")} error={of("current_password")} required>
              <Input
                type="password"
                autoComplete="current-password"
                value={current}
                onChange={(event) => setCurrent(event.target.value)}
              />
            </Field>
            <Field
              label={t("password.next")}
              hint={t("password.hint")}
              error={of("new_password") ?? of("password")}
              required
            >
              <Input
                type="password"
                autoComplete="new-password"
                value={next}
                onChange={(event) => setNext(event.target.value)}
              />
            </Field>
            <div>
              <Button type="submit" busy={busy} disabled={busy || current === "" || next === ""}>
                {t("password.submit")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Card>
  );
}

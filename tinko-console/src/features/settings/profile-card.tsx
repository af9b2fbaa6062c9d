import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Card, Field, Form, Input, toast } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useMe } from "@/lib/session";

/** How one is called. */
export function ProfileCard() {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { user } = useMe();
  const [name, setName] = useState(user.full_name);
  const save = async () => {
    await api.PATCH("/v1/auth/me", { body: { full_name: name } });
    await client.invalidateQueries(meQuery);
    toast(common("states.saved"));
  };
  return (
    <Card title={t("profile.title")} description={t("profile.text", { email: user.email })}>
      <Form fields={["full_name"]} onSubmit={save} className="flex max-w-lg flex-col gap-4">
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("profile.name")} error={of("full_name")}>
              <Input
                value={name}
                maxLength={200}
                autoComplete="name"
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            <div>
              <Button
                type="submit"
                busy={busy}
                disabled={busy || name.trim() === "" || name === user.full_name}
              >
                {common("actions.save")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Card>
  );
}

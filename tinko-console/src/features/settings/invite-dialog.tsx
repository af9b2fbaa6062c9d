import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Dialog, Field, Form, Input, toast } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import type { Role } from "@/lib/session";

import { RoleChoice } from "./member-menu";

/** Asks a colleague to join, by mail. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const submit = async () => {
    await api.POST("/v1/invitations", { body: { email: email.trim(), role } });
    await client.invalidateQueries({ queryKey: ["invitations"] });
    toast(t("invite.sent", { email: email.trim() }));
    onClose();
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("team.invite")} description={t("invite.text")}>
      <Form fields={["email", "role"]} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("invite.email")} error={of("email")} required>
              <Input
                type="email"
                value={email}
                autoComplete="off"
                onChange={(event) => setEmail(event.target.value)}
              />
            </Field>
            <RoleChoice value={role} onChange={setRole} />
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy} disabled={busy || email.trim() === ""}>
                {t("invite.submit")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

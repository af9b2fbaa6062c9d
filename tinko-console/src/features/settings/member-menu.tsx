import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Button,
  ConfirmDialog,
  Dialog,
  Form,
  IconButton,
  Menu,
  MenuItem,
  RadioGroup,
  toast,
} from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useMe, type Role } from "@/lib/session";

import type { Member } from "./queries";
import { manages, ROLES } from "./roles";

/** What may be done with a member; nothing where one may not. */
export function MemberMenu({ member }: { member: Member }) {
  const t = useTranslations("settings");
  const { organization, user } = useMe();
  const [act, setAct] = useState<"role" | "remove" | null>(null);
  if (!manages(organization.role, member.role)) return null;
  const close = () => setAct(null);
  const self = member.user_id === user.id;
  return (
    <div className="max-md:absolute max-md:top-3 max-md:right-3">
      <Menu trigger={<IconButton icon="more" size="sm" label={t("team.acts", { name: member.full_name })} />}>
        <MenuItem icon="pencil" onSelect={() => setAct("role")}>
          {t("team.changeRole")}
        </MenuItem>
        <MenuItem icon="trash" danger onSelect={() => setAct("remove")}>
          {t(self ? "team.leave" : "team.remove")}
        </MenuItem>
      </Menu>
      {act === "role" && <RoleDialog member={member} onClose={close} />}
      {act === "remove" && <RemoveDialog member={member} self={self} onClose={close} />}
    </div>
  );
}

/** The roles that the person may give, each in words. */
export function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const { organization } = useMe();
  return (
    <RadioGroup
      label={t("team.role")}
      value={value}
      onChange={onChange}
      options={ROLES.filter((role) => manages(organization.role, role)).map((role) => ({
        value: role,
        label: <span className="capitalize">{common(`roles.${role}`)}</span>,
        hint: t(`roles.${role}`),
      }))}
    />
  );
}

function RoleDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [role, setRole] = useState<Role>(member.role);
  const submit = async () => {
    await api.PATCH("/v1/members/{member_id}", {
      params: { path: { member_id: member.id } },
      body: { role },
    });
    void client.invalidateQueries(meQuery);
    await client.invalidateQueries({ queryKey: ["members"] });
    toast(common("states.saved"));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("team.roleOf", { name: member.full_name })}
      description={t("team.atOnce")}
    >
      <Form fields={[]} onSubmit={submit}>
        {({ busy, note }) => (
          <>
            {note}
            <RoleChoice value={role} onChange={setRole} />
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy} disabled={busy || role === member.role}>
                {common("actions.save")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function RemoveDialog({ member, self, onClose }: { member: Member; self: boolean; onClose: () => void }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  const remove = async () => {
    await api.DELETE("/v1/members/{member_id}", { params: { path: { member_id: member.id } } });
    if (self) return client.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => undefined);
    await client.invalidateQueries({ queryKey: ["members"] });
    toast(t("team.removed", { name: member.full_name }));
    return undefined;
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t(self ? "team.leaveAsk" : "team.removeAsk", { name: member.full_name })}
      confirm={t(self ? "team.leave" : "team.remove")}
      onConfirm={remove}
    >
      <p>{t(self ? "team.leaveText" : "team.removeText")}</p>
      <p>{t("team.keysStay")}</p>
    </ConfirmDialog>
  );
}

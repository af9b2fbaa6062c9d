import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import {
  Button,
  ConfirmDialog,
  Dialog,
  Field,
  Form,
  IconButton,
  Input,
  Menu,
  MenuItem,
  toast,
} from "@/components";

import { changePolicy, deletePolicy, policiesQuery, useQueryOf } from "./queries";
import type { Policy } from "./terms";
import { usePolicyWords } from "./words";

type Props = { policy: Policy; may: boolean; onChanged: () => Promise<void> };

/** What else can be done with a policy. */
export function PolicyMenu({ policy, may, onChanged }: Props) {
  const { t } = usePolicyWords();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"activate" | "rename" | "delete" | null>(null);
  const active = useQuery(policiesQuery).data?.items.find((each) => each.is_active);
  const use = useQuery(useQueryOf(policy.id)).data;
  const closeWith = (open: boolean) => !open && setAsking(null);
  return (
    <>
      <Menu trigger={<IconButton icon="more" look="secondary" label={t("menu.label")} />}>
        <MenuItem
          icon="check-circle"
          disabled={!may || policy.is_active}
          onSelect={() => setAsking("activate")}
        >
          {t("menu.activate")}
        </MenuItem>
        <MenuItem icon="pencil" disabled={!may} onSelect={() => setAsking("rename")}>
          {t("menu.rename")}
        </MenuItem>
        <MenuItem
          icon="trash"
          danger
          disabled={!may || policy.is_active}
          onSelect={() => setAsking("delete")}
        >
          {t(policy.is_active ? "menu.deleteActive" : "menu.delete")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={asking === "activate"}
        onOpenChange={closeWith}
        title={t("activate.title", { name: policy.name })}
        confirm={t("activate.confirm")}
        danger={false}
        onConfirm={async () => {
          await changePolicy(policy.id, { is_active: true });
          toast(t("activate.done", { name: policy.name }));
          await onChanged();
        }}
      >
        <p>{t("activate.text", { name: policy.name, before: active?.name ?? "–" })}</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === "delete"}
        onOpenChange={closeWith}
        title={t("delete.title", { name: policy.name })}
        confirm={t("delete.confirm")}
        onConfirm={async () => {
          await deletePolicy(policy.id);
          toast(t("delete.done", { name: policy.name }));
          await navigate({ to: "/policies" });
        }}
      >
        <p>{t("delete.text", { count: use?.open ?? 0 })}</p>
      </ConfirmDialog>
      {asking === "rename" && (
        <Rename policy={policy} onClose={() => setAsking(null)} onChanged={onChanged} />
      )}
    </>
  );
}

function Rename({ policy, onClose, onChanged }: Omit<Props, "may"> & { onClose: () => void }) {
  const { t } = usePolicyWords();
  const [name, setName] = useState(policy.name);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("menu.rename")}
      description={t("rename.text", { version: policy.version + 1 })}
    >
      <Form
        fields={["name"]}
        onSubmit={async () => {
          await changePolicy(policy.id, { name });
          onClose();
          await onChanged();
        }}
      >
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("list.name")} error={of("name")} required>
              <Input value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
            </Field>
            <Button type="submit" look="primary" busy={busy} wide>
              {t("menu.rename")}
            </Button>
          </>
        )}
      </Form>
    </Dialog>
  );
}

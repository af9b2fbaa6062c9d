import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  DataTable,
  DateTime,
  toast,
  useProblemText,
  type Column,
} from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useCan, useMe } from "@/lib/session";

import { invitationsList, type Invitation } from "./queries";
import { manages } from "./roles";

/** Who was asked and has not answered; nothing if nobody was. */
export function Invitations() {
  const t = useTranslations("settings");
  const list = useList(invitationsList);
  const [taking, setTaking] = useState<Invitation | null>(null);
  const columns = useColumns(setTaking);
  if (list.rows?.length === 0) return null;
  return (
    <Card title={t("invite.waiting")} description={t("invite.waitingText")} flush>
      <DataTable
        {...list}
        caption={t("invite.waiting")}
        columns={columns}
        rowId={(each) => each.id}
        empty={null}
      />
      {taking && <RevokeDialog invitation={taking} onClose={() => setTaking(null)} />}
    </Card>
  );
}

function useColumns(onRevoke: (invitation: Invitation) => void): Column<Invitation>[] {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const can = useCan()("members:write");
  const { role } = useMe().organization;
  return [
    {
      key: "email",
      header: t("invite.email"),
      cell: (each) => (
        <div className="min-w-0">
          <p className="font-medium break-all">{each.email}</p>
          {each.both_modes && <p className="text-xs text-ink-faint">{t("invite.both")}</p>}
        </div>
      ),
    },
    {
      key: "role",
      header: t("team.role"),
      cell: (each) => <span className="capitalize">{common(`roles.${each.role}`)}</span>,
    },
    { key: "state", header: t("invite.state"), cell: (each) => <InvitationState invitation={each} /> },
    {
      key: "acts",
      header: t("team.actions"),
      hideHeader: true,
      align: "right",
      cell: (each) =>
        can && manages(role, each.role) ? (
          <span className="inline-flex flex-wrap justify-end gap-1">
            <Resend invitation={each} />
            <Button size="sm" look="ghost" onClick={() => onRevoke(each)}>
              {t("invite.revoke")}
            </Button>
          </span>
        ) : null,
    },
  ];
}

function InvitationState({ invitation }: { invitation: Invitation }) {
  const t = useTranslations("settings");
  if (invitation.expired) {
    return (
      <Badge tone="warn" icon="clock">
        {t("invite.expired")}
      </Badge>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone={invitation.sent_at ? "info" : "neutral"} icon={invitation.sent_at ? "mail" : "clock"}>
        {t(invitation.sent_at ? "invite.mailed" : "invite.leaving")}
      </Badge>
      <span className="text-xs text-ink-soft">
        {t("invite.until")} <DateTime machine at={invitation.expires_at} />
      </span>
    </span>
  );
}

function Resend({ invitation }: { invitation: Invitation }) {
  const t = useTranslations("settings");
  const textOf = useProblemText();
  const client = useQueryClient();
  const resend = useMutation({
    mutationFn: () =>
      api.POST("/v1/invitations/{invitation_id}/resend", {
        params: { path: { invitation_id: invitation.id } },
      }),
    onSuccess: () => {
      toast(t("invite.resent", { email: invitation.email }));
      return client.invalidateQueries({ queryKey: ["invitations"] });
    },
    onError: (error) => toast(textOf(error), { tone: "bad" }),
  });
  return (
    <Button size="sm" busy={resend.isPending} onClick={() => resend.mutate()}>
      {t("invite.resend")}
    </Button>
  );
}

function RevokeDialog({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("invite.revokeAsk", { email: invitation.email })}
      confirm={t("invite.revokeIt")}
      onConfirm={async () => {
        await api.DELETE("/v1/invitations/{invitation_id}", {
          params: { path: { invitation_id: invitation.id } },
        });
        await client.invalidateQueries({ queryKey: ["invitations"] });
      }}
    >
      <p>{t("invite.revokeText")}</p>
    </ConfirmDialog>
  );
}

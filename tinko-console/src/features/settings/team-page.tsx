import { useState, type ReactNode } from "react";

import {
  Badge,
  Banner,
  Button,
  Card,
  DataTable,
  DateTime,
  EmptyState,
  PageHeader,
  type Column,
} from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useCan, useMe } from "@/lib/session";

import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { MemberMenu } from "./member-menu";
import { membersList, type Member } from "./queries";
import { RolesCard } from "./roles-card";

export function TeamPage(): ReactNode {
  const t = useTranslations("settings");
  const can = useCan()("members:write");
  const list = useList(membersList);
  const [inviting, setInviting] = useState(false);
  const invite = (
    <Button look="primary" icon="plus" disabled={!can} onClick={() => setInviting(true)}>
      {t("team.invite")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("team.title")} description={t("team.description")} actions={invite} />
      {!can && (
        <div className="mb-4">
          <Banner>{t("adminOnly")}</Banner>
        </div>
      )}
      <div className="flex flex-col gap-5">
        <Card title={t("team.members")} flush>
          <DataTable
            {...list}
            caption={t("team.members")}
            columns={useColumns()}
            rowId={(member) => member.id}
            empty={<EmptyState icon="users" title={t("team.empty")} />}
          />
          {list.rows?.length === 1 && can && (
            <p className="border-t border-line px-5 py-3 text-sm text-ink-soft">{t("team.alone")}</p>
          )}
        </Card>
        <Invitations />
        <RolesCard />
      </div>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function useColumns(): Column<Member>[] {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const { user } = useMe();
  return [
    {
      key: "name",
      header: t("team.person"),
      cell: (member) => (
        <div className="min-w-0 max-md:pr-10">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <span className="break-words">{member.full_name}</span>
            {member.user_id === user.id && <Badge>{t("team.you")}</Badge>}
          </p>
          <p className="text-xs break-all text-ink-faint">{member.email}</p>
        </div>
      ),
    },
    {
      key: "role",
      header: t("team.role"),
      cell: (member) => <span className="capitalize">{common(`roles.${member.role}`)}</span>,
    },
    {
      key: "since",
      header: t("team.since"),
      cell: (member) => (
        <span className="text-ink-soft">
          <DateTime machine at={member.created_at} />
        </span>
      ),
    },
    {
      key: "acts",
      header: t("team.actions"),
      hideHeader: true,
      align: "right",
      cell: (member) => <MemberMenu member={member} />,
    },
  ];
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  DateTime,
  ErrorState,
  Icon,
  Skeleton,
  toast,
} from "@/components";
import { api, dataOf } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";

import { deviceOf } from "./device";
import { sessionsList, type Session } from "./queries";

/** Where one is signed in, and how to end that. */
export function SessionsCard() {
  const t = useTranslations("settings");
  const list = useList(sessionsList);
  const [asking, setAsking] = useState(false);
  const others = list.rows?.filter((each) => !each.current).length ?? 0;
  return (
    <Card
      title={t("sessions.title")}
      description={t("sessions.text")}
      flush
      actions={
        others > 0 && (
          <Button size="sm" onClick={() => setAsking(true)}>
            {t("sessions.endOthers")}
          </Button>
        )
      }
    >
      {list.rows === undefined ? (
        list.error ? (
          <ErrorState error={list.error} onRetry={list.onRetry} />
        ) : (
          <div className="p-5">
            <Skeleton className="h-16" />
          </div>
        )
      ) : (
        <ul>
          {[...list.rows]
            .sort((a, b) => Number(b.current) - Number(a.current))
            .map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
        </ul>
      )}
      {list.more.has && (
        <div className="flex justify-center border-t border-line p-3">
          <Button look="ghost" busy={list.more.loading} onClick={list.more.load}>
            {t("sessions.more")}
          </Button>
        </div>
      )}
      {asking && <EndOthersDialog count={others} more={list.more.has} onClose={() => setAsking(false)} />}
    </Card>
  );
}

function SessionRow({ session }: { session: Session }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const device = deviceOf(session.user_agent);
  const name =
    device === null
      ? t("sessions.unknown")
      : t("sessions.on", { browser: device.browser, system: device.system });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-5 py-3.5 last:border-0">
      <div className="flex min-w-0 items-start gap-3">
        <span className="mt-0.5 text-ink-faint">
          <Icon name="monitor" size={18} />
        </span>
        <div className="min-w-0 text-sm">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {name}
            {session.current && (
              <Badge tone="good" icon="check">
                {t("sessions.this")}
              </Badge>
            )}
          </p>
          <p className="text-xs text-ink-soft">
            {t("sessions.used")} <DateTime machine at={session.last_used_at} /> · {t("sessions.since")}{" "}
            <DateTime machine at={session.created_at} />
          </p>
        </div>
      </div>
      {!session.current && (
        <Button
          size="sm"
          look="ghost"
          aria-label={t("sessions.endOf", { name })}
          onClick={() => setAsking(true)}
        >
          {t("sessions.end")}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          open
          onOpenChange={setAsking}
          title={t("sessions.endAsk", { name })}
          confirm={t("sessions.end")}
          onConfirm={async () => {
            await api.DELETE("/v1/auth/sessions/{session_id}", {
              params: { path: { session_id: session.id } },
            });
            await client.invalidateQueries({ queryKey: ["sessions"] });
            toast(t("sessions.ended", { count: 1 }));
          }}
        >
          <p>{t("sessions.endText")}</p>
        </ConfirmDialog>
      )}
    </li>
  );
}

function EndOthersDialog({ count, more, onClose }: { count: number; more: boolean; onClose: () => void }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t(more ? "sessions.endManyAsk" : "sessions.endOthersAsk", { count })}
      confirm={t("sessions.endOthers")}
      onConfirm={async () => {
        const done = await dataOf(api.POST("/v1/auth/sessions/revoke_others"));
        await client.invalidateQueries({ queryKey: ["sessions"] });
        toast(t("sessions.ended", { count: done.revoked }));
      }}
    >
      <p>{t("sessions.endText")}</p>
    </ConfirmDialog>
  );
}

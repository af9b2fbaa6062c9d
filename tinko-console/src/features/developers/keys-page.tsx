import { useState, type ReactNode } from "react";

import {
  Badge,
  Banner,
  Button,
  Card,
  DataTable,
  DateTime,
  EmptyState,
  IconButton,
  Menu,
  MenuItem,
  PageHeader,
  Tooltip,
  type Column,
} from "@/components";
import { useMachineNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useCan, useMe } from "@/lib/session";

import { CreateKeyDialog } from "./key-create";
import { RevokeDialog, RotateDialog } from "./key-end";
import { SecretDialog } from "./key-secret";
import { keysList, type ApiKey, type NewApiKey } from "./queries";

type Open = { act: "rotate" | "revoke"; key: ApiKey };

export function KeysPage(): ReactNode {
  const t = useTranslations("developers");
  const live = useMe().mode === "live";
  const can = useCan()("api_keys:write");
  const list = useList(keysList);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const columns = useColumns(can, (act, key) => setOpen({ act, key }));
  const create = (
    <Button look="primary" icon="plus" disabled={!can} onClick={() => setCreating(true)}>
      {t("keys.create")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("keys.title")}
        description={t("keys.description")}
        badges={
          <Badge tone={live ? "good" : "warn"} icon={live ? "bolt" : "flask"}>
            {t(live ? "keys.live" : "keys.test")}
          </Badge>
        }
        actions={create}
      />
      <div className="mb-4">
        <Banner tone={live ? "warn" : "info"}>{t(live ? "keys.liveText" : "keys.testText")}</Banner>
      </div>
      <Card flush>
        <DataTable
          {...list}
          caption={t("keys.title")}
          columns={columns}
          rowId={(key) => key.id}
          empty={
            <EmptyState icon="key" title={t("keys.empty")} action={create}>
              {t("keys.emptyText")}
            </EmptyState>
          }
        />
      </Card>
      {creating && (
        <CreateKeyDialog
          onClose={() => setCreating(false)}
          onMade={(key) => {
            setCreating(false);
            setMade(key);
          }}
        />
      )}
      {made && <SecretDialog made={made} onClose={() => setMade(null)} />}
      {open?.act === "rotate" && (
        <RotateDialog
          apiKey={open.key}
          onClose={() => setOpen(null)}
          onMade={(key) => {
            setOpen(null);
            setMade(key);
          }}
        />
      )}
      {open?.act === "revoke" && <RevokeDialog apiKey={open.key} onClose={() => setOpen(null)} />}
    </>
  );
}

function useColumns(can: boolean, onAct: (act: Open["act"], key: ApiKey) => void): Column<ApiKey>[] {
  const t = useTranslations("developers");
  const now = useMachineNow();
  return [
    {
      key: "name",
      header: t("keys.name"),
      cell: (key) => (
        <div className="min-w-0 max-md:pr-10">
          <p className="font-medium break-words">{key.name}</p>
          <p className="font-mono text-xs text-ink-faint">…{key.hint.replace(/^…/, "")}</p>
        </div>
      ),
    },
    { key: "scopes", header: t("keys.access"), cell: (key) => <Scopes scopes={key.scopes} /> },
    {
      key: "used",
      header: t("keys.lastUsed"),
      cell: (key) =>
        key.last_used_at ? (
          <DateTime machine at={key.last_used_at} />
        ) : (
          <span className="text-ink-faint">{t("keys.never")}</span>
        ),
    },
    { key: "state", header: t("keys.state"), cell: (key) => <KeyState apiKey={key} now={now} /> },
    {
      key: "acts",
      header: t("keys.actions"),
      hideHeader: true,
      align: "right",
      cell: (key) =>
        ended(key, now) ? null : (
          <div className="max-md:absolute max-md:top-3 max-md:right-3">
            <Menu trigger={<IconButton icon="more" size="sm" label={t("keys.acts", { name: key.name })} />}>
              <MenuItem icon="refresh" disabled={!can} onSelect={() => onAct("rotate", key)}>
                {t("keys.rotate")}
              </MenuItem>
              <MenuItem icon="ban" danger disabled={!can} onSelect={() => onAct("revoke", key)}>
                {t("keys.revoke")}
              </MenuItem>
            </Menu>
          </div>
        ),
    },
  ];
}

const ended = (key: ApiKey, now: Date): boolean =>
  key.revoked_at !== null || (key.expires_at !== null && new Date(key.expires_at) <= now);

function Scopes({ scopes }: { scopes: readonly string[] }) {
  const t = useTranslations("developers");
  if (scopes.includes("*")) return <span>{t("keys.everything")}</span>;
  const shown = scopes.length > 2 ? t("keys.permissions", { count: scopes.length }) : scopes.join(", ");
  return (
    <Tooltip content={scopes.join(", ")}>
      <span className="text-ink-soft">{shown}</span>
    </Tooltip>
  );
}

function KeyState({ apiKey, now }: { apiKey: ApiKey; now: Date }) {
  const t = useTranslations("developers");
  if (apiKey.revoked_at) {
    return (
      <span className="inline-flex flex-wrap items-center gap-2">
        <Badge icon="ban">{t("keys.revoked")}</Badge>
        <DateTime machine at={apiKey.revoked_at} />
      </span>
    );
  }
  if (ended(apiKey, now)) return <Badge icon="clock">{t("keys.expired")}</Badge>;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone="good" icon="check">
        {t("keys.works")}
      </Badge>
      {apiKey.expires_at && (
        <span className="text-xs text-ink-soft">
          {t("keys.until")} <DateTime machine at={apiKey.expires_at} />
        </span>
      )}
    </span>
  );
}

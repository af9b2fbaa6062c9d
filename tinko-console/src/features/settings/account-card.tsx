import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Badge,
  Button,
  Card,
  CopyButton,
  DateTime,
  IconButton,
  Menu,
  MenuItem,
  MenuLine,
  ProblemNote,
  type IconName,
  type Tone,
  Fact,
  Facts,
} from "@/components";
import type { Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { EditAccountDialog } from "./account-edit";
import { DeleteAccountDialog, DisableAccountDialog, useChangeAccount } from "./account-end";
import { Findings } from "./findings";
import { nameOf } from "./providers";
import { checkAccount, checkKey, type LastCheck, type PspAccount } from "./queries";
import { ReadingsDrawer } from "./readings-drawer";
import { SecretDialog } from "./webhook-secret";

type Health = Schemas["StatusView"] | null;
type Act = "edit" | "secret" | "readings" | "disable" | "delete";

/** One connected account: whether it works, where its webhooks lead, and what may be done with it. */
export function AccountCard({
  account,
  others,
  health,
}: {
  account: PspAccount;
  others: readonly PspAccount[];
  health: Health;
}) {
  const t = useTranslations("settings");
  const can = useCan()("psp_accounts:write");
  const client = useQueryClient();
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  const check = useQuery<LastCheck>({
    queryKey: checkKey(account.id),
    queryFn: () => checkAccount(account.id),
    enabled: false,
    gcTime: Infinity,
  });
  const test = useMutation({
    mutationFn: () => checkAccount(account.id),
    onSuccess: (found) => client.setQueryData(checkKey(account.id), found),
  });
  const change = useChangeAccount(account.id);
  const problem = test.error ?? change.error;
  return (
    <Card
      title={
        <span className="inline-flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span className="break-words">{account.label}</span>
          <HealthBadge account={account} check={check.data} health={health} />
        </span>
      }
      description={`${nameOf(account.psp)} · ${t("psp.position", { priority: account.priority })}`}
      actions={
        <>
          <Button size="sm" icon="bolt" disabled={!can} busy={test.isPending} onClick={() => test.mutate()}>
            {t("psp.test")}
          </Button>
          <Menu trigger={<IconButton icon="more" size="sm" label={t("psp.acts", { name: account.label })} />}>
            <MenuItem icon="pencil" disabled={!can} onSelect={() => setAct("edit")}>
              {t("psp.edit")}
            </MenuItem>
            {account.psp !== "sandbox" && (
              <MenuItem icon="refresh" disabled={!can} onSelect={() => setAct("secret")}>
                {t("psp.roll")}
              </MenuItem>
            )}
            <MenuItem icon="download" onSelect={() => setAct("readings")}>
              {t("psp.readings")}
            </MenuItem>
            <MenuLine />
            {account.is_enabled ? (
              <MenuItem icon="pause" disabled={!can} onSelect={() => setAct("disable")}>
                {t("psp.disable")}
              </MenuItem>
            ) : (
              <MenuItem icon="play" disabled={!can} onSelect={() => change.mutate({ is_enabled: true })}>
                {t("psp.enable")}
              </MenuItem>
            )}
            <MenuItem icon="trash" danger disabled={!can} onSelect={() => setAct("delete")}>
              {t("psp.delete")}
            </MenuItem>
          </Menu>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemNote error={problem} />}
        {check.data && <Findings check={check.data} />}
        <AccountFacts account={account} />
      </div>
      {act === "edit" && <EditAccountDialog account={account} onClose={close} />}
      {act === "secret" && <SecretDialog account={account} onClose={close} />}
      {act === "readings" && <ReadingsDrawer account={account} onClose={close} />}
      {act === "disable" && <DisableAccountDialog account={account} others={others} onClose={close} />}
      {act === "delete" && <DeleteAccountDialog account={account} others={others} onClose={close} />}
    </Card>
  );
}

function AccountFacts({ account }: { account: PspAccount }) {
  const t = useTranslations("settings");
  const { mode } = useMe();
  const retries = account.native_retries as "wait" | "take_over" | "observe";
  const secrets = account.webhook_secrets;
  return (
    <Facts>
      <Fact label={t("psp.webhookUrl")}>
        <code className="truncate font-mono text-xs" title={account.webhook_url}>
          {account.webhook_url}
        </code>
        <CopyButton text={account.webhook_url} />
      </Fact>
      <Fact label={t("psp.credentials")}>
        {account.credentials === null ? (
          <Badge tone="bad" icon="alert">
            {t("psp.sealBroken")}
          </Badge>
        ) : (
          <span className="font-mono text-xs break-all">
            {Object.entries(account.credentials)
              .map(([name, hint]) => `${name} ${hint}`)
              .join(", ")}
          </span>
        )}
      </Fact>
      <Fact label={t("psp.webhookSecret")}>
        {secrets === null || secrets.length === 0 ? (
          <span className="text-ink-soft">{t(account.psp === "paypal" ? "psp.byId" : "psp.noSecret")}</span>
        ) : (
          <span className="flex flex-col items-end gap-0.5">
            {secrets.map((secret) => (
              <span key={secret.hint} className="text-xs">
                <span className="font-mono">{secret.hint}</span>
                {secret.holds_until && (
                  <span className="text-ink-faint">
                    {" "}
                    {t("psp.holdsUntil")} <DateTime machine at={secret.holds_until} />
                  </span>
                )}
              </span>
            ))}
          </span>
        )}
      </Fact>
      {mode === "live" || account.psp !== "sandbox" ? (
        <Fact label={t("psp.native")}>{t(`psp.${retries}`)}</Fact>
      ) : null}
      <Fact label={t("psp.since")}>
        <DateTime machine absolute at={account.created_at} />
      </Fact>
    </Facts>
  );
}

function HealthBadge({
  account,
  check,
  health,
}: {
  account: PspAccount;
  check: LastCheck | undefined;
  health: Health;
}) {
  const t = useTranslations("settings");
  const broken = health?.account_breakers?.some((each) => each.account_id === account.id) ?? false;
  const [tone, icon, word]: [Tone, IconName, "off" | "resting" | "missing" | "works" | "on"] =
    !account.is_enabled
      ? ["neutral", "pause", "off"]
      : broken
        ? ["bad", "alert", "resting"]
        : check === undefined
          ? ["good", "check", "on"]
          : check.found.ok
            ? ["good", "check-circle", "works"]
            : ["warn", "alert", "missing"];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`psp.state.${word}`)}
    </Badge>
  );
}

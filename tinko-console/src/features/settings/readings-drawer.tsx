import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Badge,
  Button,
  DateTime,
  Drawer,
  EmptyState,
  ErrorState,
  Field,
  Form,
  Input,
  Skeleton,
  toast,
  type IconName,
  type Tone,
} from "@/components";
import { api } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useMachineNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useList } from "@/lib/lists";
import { useCan } from "@/lib/session";

import { nameOf } from "./providers";
import { readingsList, type PspAccount, type Reading } from "./queries";

const A_MONTH = 30 * 86_400_000;
const LOOKS: Readonly<Record<string, [Tone, IconName]>> = {
  running: ["info", "refresh"],
  done: ["good", "check"],
  failed: ["bad", "alert"],
};

/** The walks through an account's payments, and a new one through earlier ones. */
export function ReadingsDrawer({ account, onClose }: { account: PspAccount; onClose: () => void }) {
  const t = useTranslations("settings");
  const list = useList(readingsList(account.id));
  return (
    <Drawer
      open
      onOpenChange={onClose}
      title={t("readings.title", { name: account.label })}
      description={t("readings.text", { psp: nameOf(account.psp) })}
    >
      <div className="flex flex-col gap-6">
        <BackfillForm account={account} />
        <section className="flex flex-col gap-3">
          <h3 className="text-sm font-semibold">{t("readings.so_far")}</h3>
          {list.rows === undefined ? (
            list.error ? (
              <ErrorState error={list.error} onRetry={list.onRetry} />
            ) : (
              <Skeleton className="h-24" />
            )
          ) : list.rows.length === 0 ? (
            <EmptyState title={t("readings.empty")}>{t("readings.emptyText")}</EmptyState>
          ) : (
            <ul className="flex flex-col gap-3">
              {list.rows.map((reading) => (
                <ReadingRow key={reading.id} reading={reading} />
              ))}
            </ul>
          )}
        </section>
      </div>
    </Drawer>
  );
}

function BackfillForm({ account }: { account: PspAccount }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  const can = useCan()("psp_accounts:write");
  const now = useMachineNow();
  const [day, setDay] = useState(new Date(now.getTime() - A_MONTH).toLocaleDateString("sv-SE"));
  const submit = async () => {
    await api.POST("/v1/psp_accounts/{psp_account_id}/backfill", {
      params: { path: { psp_account_id: account.id } },
      body: { since: new Date(`${day}T00:00:00`).toISOString() },
    });
    await client.invalidateQueries({ queryKey: ["psp_accounts", account.id, "readings"] });
    toast(t("readings.begun"));
  };
  return (
    <Form fields={["since"]} onSubmit={submit}>
      {({ of, busy, note }) => (
        <>
          {note}
          <Field label={t("readings.since")} hint={t("readings.sinceHint")} error={of("since")}>
            <Input type="date" value={day} disabled={!can} onChange={(event) => setDay(event.target.value)} />
          </Field>
          <div>
            <Button type="submit" icon="download" busy={busy} disabled={!can || busy || day === ""}>
              {t("readings.begin")}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}

function ReadingRow({ reading }: { reading: Reading }) {
  const t = useTranslations("settings");
  const format = useFormat();
  const [tone, icon] = LOOKS[reading.status] ?? ["neutral", "clock"];
  const state = (["running", "done", "failed"] as const).find((each) => each === reading.status);
  return (
    <li className="flex flex-col gap-1 rounded-control border border-line p-3 text-sm">
      <p className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-medium">
          {t(reading.kind === "backfill" ? "readings.backfill" : "readings.reconcile")}
        </span>
        <Badge tone={tone} icon={icon}>
          {state ? t(`readings.${state}`) : reading.status}
        </Badge>
      </p>
      <p className="text-xs text-ink-soft">
        {t("readings.range", { from: format.date(reading.since), to: format.date(reading.until) })}
      </p>
      <p className="text-xs text-ink-soft">
        {t("readings.counts", {
          read: reading.payments_read,
          opened: reading.recoveries_opened,
          repaired: reading.repaired,
        })}
      </p>
      {reading.error && <p className="text-xs break-words text-bad-text">{reading.error}</p>}
      <p className="text-xs text-ink-faint">
        <DateTime machine at={reading.finished_at ?? reading.created_at} />
      </p>
    </li>
  );
}

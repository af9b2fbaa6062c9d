import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Dialog, Field, Form, Input, Select, toast } from "@/components";
import { api, dataOf } from "@/lib/api";
import { useMachineNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { compact } from "@/lib/search";

import { eventCountQuery, startOf, type EventFilters } from "./queries";

const WANTED = ["dead", "ignored", "processed"] as const;
const A_WEEK = 7 * 86_400_000;
const dayOf = (date: Date) => date.toLocaleDateString("sv-SE");

/** Replays all events of some days; says how many before. */
export function ReplayRangeDialog({ filters, onClose }: { filters: EventFilters; onClose: () => void }) {
  const t = useTranslations("developers");
  const common = useTranslations("common");
  const client = useQueryClient();
  const now = useMachineNow();
  const [status, setStatus] = useState<(typeof WANTED)[number]>(
    WANTED.find((each) => each === filters.status) ?? "dead",
  );
  const [from, setFrom] = useState(filters.from ?? dayOf(new Date(now.getTime() - A_WEEK)));
  const [to, setTo] = useState(filters.to ?? dayOf(now));
  const { type, account } = filters;
  const found = useQuery({
    ...eventCountQuery({ ...compact({ type, account }), status, from, to }),
    enabled: from !== "" && to !== "",
  });
  const count = found.data?.count;
  const submit = async () => {
    const body = {
      ...compact({ type, psp_account_id: account }),
      status,
      from: startOf(from) ?? "",
      to: startOf(to, 1) ?? null,
    };
    const done = await dataOf(api.POST("/v1/psp_events/replay", { body }));
    void client.invalidateQueries({ queryKey: ["psp_events"] });
    toast(t("replay.begun", { count: done.replayed }), { tone: "info" });
    if (!done.more) onClose();
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("replay.rangeTitle")} description={t("replay.rangeText")}>
      <Form fields={["from", "to", "status"]} onSubmit={submit}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("events.status")} error={of("status")}>
              <Select
                value={status}
                onChange={setStatus}
                options={WANTED.map((value) => ({ value, label: t(`events.${value}State`) }))}
              />
            </Field>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label={t("filters.from")} error={of("from")} required>
                <Input type="date" value={from} max={to} onChange={(event) => setFrom(event.target.value)} />
              </Field>
              <Field label={t("filters.to")} error={of("to")}>
                <Input type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
              </Field>
            </div>
            {(type ?? account) && <p className="text-xs text-ink-soft">{t("replay.narrowed")}</p>}
            <p role="status" className="rounded-control bg-sunken p-3 text-sm">
              {count === undefined
                ? t("replay.counting")
                : found.data?.more
                  ? t("replay.many", { count })
                  : t("replay.found", { count })}
            </p>
            <p className="text-xs text-ink-faint">{t("replay.safe")}</p>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button
                type="submit"
                look="primary"
                busy={busy}
                disabled={busy || count === undefined || count === 0}
              >
                {t("replay.submit", { count: count ?? 0 })}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

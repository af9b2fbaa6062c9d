import { useQueryClient, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { Button, Card, EmptyState, PageHeader, QueryView, toast } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useLive } from "@/lib/live";
import { switchOrganization, useMe } from "@/lib/session";

import { AdvanceCard } from "./clock-advance";
import { clockQuery, type Clock } from "./queries";

export function TestClockPage(): ReactNode {
  const t = useTranslations("settings");
  const { mode } = useMe();
  return (
    <>
      <PageHeader title={t("testClock.title")} description={t("testClock.description")} />
      {mode === "live" ? <LiveNote /> : <TestClock />}
    </>
  );
}

/** In live, time passes by itself: says so, and leads to the test twin. */
function LiveNote() {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { organization, organizations } = useMe();
  const [busy, setBusy] = useState(false);
  const twin = organizations.find((each) => each.pair_id === organization.pair_id && each.mode === "test");
  const go = (id: string) => {
    setBusy(true);
    void switchOrganization(client, id)
      .catch(() => toast(common("errors.unexpected"), { tone: "bad" }))
      .finally(() => setBusy(false));
  };
  return (
    <Card>
      <EmptyState
        icon="clock"
        title={t("testClock.live")}
        action={
          twin && (
            <Button look="primary" icon="flask" busy={busy} onClick={() => go(twin.id)}>
              {common("shell.toTest")}
            </Button>
          )
        }
      >
        {t("testClock.liveText")}
      </EmptyState>
    </Card>
  );
}

function TestClock() {
  useLive("clock");
  const query = useQuery(clockQuery);
  return (
    <QueryView query={query}>
      {(clock) => (
        <div className="flex flex-col gap-5">
          <Face clock={clock} />
          <AdvanceCard clock={clock} />
        </div>
      )}
    </QueryView>
  );
}

function Face({ clock }: { clock: Clock }) {
  const t = useTranslations("settings");
  const format = useFormat();
  return (
    <Card>
      <div className="flex flex-col gap-1" role="status">
        <p className="text-sm text-ink-soft">{t("testClock.shows")}</p>
        <p className="text-3xl font-semibold tracking-tight tabular-nums">{format.dateTime(clock.now)}</p>
        <p className="text-xs text-ink-faint">{format.dateTimeUtc(clock.now)}</p>
        <p className="mt-2 text-sm">
          {clock.advancing_to
            ? t("testClock.moving", { time: format.dateTime(clock.advancing_to) })
            : clock.offset_seconds > 0
              ? t("testClock.ahead", { time: format.duration(clock.offset_seconds) })
              : t("testClock.same")}
        </p>
      </div>
    </Card>
  );
}

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import {
  Banner,
  Button,
  CopyButton,
  DateTime,
  Drawer,
  JsonView,
  ProblemNote,
  QueryView,
  toast,
  Fact,
  Facts,
} from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { EventState } from "./event-state";
import { eventQuery } from "./queries";

/** One event: where it stands, why, what the provider sent, and another try. */
export function EventDrawer({
  id,
  nameOf,
  onClose,
}: {
  id: string;
  nameOf: (id: string) => string;
  onClose: () => void;
}) {
  const t = useTranslations("developers");
  const can = useCan()("psp_events:write");
  const client = useQueryClient();
  const query = useQuery({
    ...eventQuery(id),
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? 1_500 : false),
  });
  const replay = useMutation({
    mutationFn: () =>
      api.POST("/v1/psp_events/{psp_event_id}/replay", { params: { path: { psp_event_id: id } } }),
    onSuccess: () => {
      toast(t("replay.begun", { count: 1 }), { tone: "info" });
      return client.invalidateQueries({ queryKey: ["psp_events"] });
    },
  });
  const status = query.data?.status;
  return (
    <Drawer
      open
      onOpenChange={onClose}
      title={<span className="font-mono text-[15px] break-all">{query.data?.type ?? t("events.one")}</span>}
      footer={
        <Button
          icon="refresh"
          look={status === "dead" ? "primary" : "secondary"}
          busy={replay.isPending}
          disabled={!can || replay.isPending || status === undefined || status === "pending"}
          onClick={() => replay.mutate()}
        >
          {t("replay.one")}
        </Button>
      }
    >
      <QueryView query={query}>
        {(event) => (
          <div className="flex flex-col gap-5">
            {replay.error && <ProblemNote error={replay.error} />}
            <Outcome status={event.status} error={event.error} />
            <Facts>
              <Fact label={t("events.status")}>
                <EventState status={event.status} />
              </Fact>
              <Fact label={t("events.received")}>
                <DateTime machine absolute at={event.received_at} />
              </Fact>
              {event.processed_at && (
                <Fact label={t("events.handled")}>
                  <DateTime machine absolute at={event.processed_at} />
                </Fact>
              )}
              <Fact label={t("events.account")}>{nameOf(event.psp_account_id)}</Fact>
              <Fact label={t("events.eventId")}>
                <code className="font-mono text-xs break-all">{event.event_id}</code>
                <CopyButton text={event.event_id} />
              </Fact>
            </Facts>
            <section className="flex flex-col gap-2">
              <h3 className="text-sm font-semibold">{t("events.body")}</h3>
              <p className="text-xs text-ink-faint">{t("events.bodyHint")}</p>
              <JsonView label={t("events.body")} value={event.body} />
            </section>
            <p className="text-xs text-ink-faint">{t("replay.safe")}</p>
          </div>
        )}
      </QueryView>
    </Drawer>
  );
}

function Outcome({ status, error }: { status: string; error: string | null }) {
  const t = useTranslations("developers");
  if (status === "dead") {
    return (
      <Banner tone="bad">
        <p className="font-medium">{t("events.deadText")}</p>
        {error && <p className="mt-0.5 break-words">{error}</p>}
      </Banner>
    );
  }
  if (status === "pending") return <Banner tone="info">{t("events.pendingText")}</Banner>;
  if (status === "ignored") return <Banner tone="info">{t("events.ignoredText")}</Banner>;
  return <Banner tone="good">{t("events.processedText")}</Banner>;
}

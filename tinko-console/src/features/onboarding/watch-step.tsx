import { useQuery } from "@tanstack/react-query";

import {
  Button,
  DateTime,
  EmptyState,
  LinkButton,
  ProblemNote,
  QueryView,
  StatusBadge,
  TextLink,
} from "@/components";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { CameBack } from "./came-back";
import { Panel, Why } from "./frame";
import { Happenings } from "./happenings";
import { newestQuery, recoveryQuery, useAdvance, type Recovery } from "./queries";
import { useOnboardingSearch, type OnboardingSearch } from "./search";

const A_DAY = 86_400;
const A_MOMENT = 1;

/** One recovery on the test clock, step by step. */
export function WatchStep() {
  const t = useTranslations("onboarding");
  const { recovery } = useOnboardingSearch();
  const newest = useQuery({ ...newestQuery, enabled: recovery === undefined });
  const id = recovery ?? newest.data?.id;
  return (
    <Panel title={t("watch.title")} text={t("watch.text")} next="policy">
      {id !== undefined ? (
        <Watched key={id} id={id} />
      ) : (
        <QueryView query={newest}>
          {() => <EmptyState icon="inbox" title={t("watch.none")} action={<SendFirst look="primary" />} />}
        </QueryView>
      )}
    </Panel>
  );
}

function SendFirst({ look }: { look: "primary" | "secondary" }) {
  const t = useTranslations("onboarding");
  return (
    <LinkButton
      to="/onboarding"
      look={look}
      resetScroll={false}
      search={(now: OnboardingSearch) => ({ ...now, step: "first_event" as const })}
    >
      {t(look === "primary" ? "watch.sendFirst" : "watch.another")}
    </LinkButton>
  );
}

function Watched({ id }: { id: string }) {
  const t = useTranslations("onboarding");
  const query = useQuery(recoveryQuery(id));
  return (
    <QueryView query={query}>
      {(recovery) => (
        <div className="flex flex-col gap-6">
          {recovery.status === "recovered" && <CameBack recovery={recovery} />}
          {recovery.status === "open" && <Clock recovery={recovery} />}
          {(recovery.status === "exhausted" || recovery.status === "cancelled") && (
            <div className="flex flex-col items-start gap-3 text-sm">
              <p>{t("watch.ended")}</p>
              <SendFirst look="secondary" />
            </div>
          )}
          <div>
            <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-1">
              <h3 className="text-sm font-semibold">{t("watch.timeline")}</h3>
              <StatusBadge status={recovery.status} />
              <TextLink to="/recoveries/$id" params={{ id }} className="ml-auto text-sm">
                {t("watch.open")}
              </TextLink>
            </div>
            <Happenings timeline={recovery.timeline} />
          </div>
        </div>
      )}
    </QueryView>
  );
}

/** What the clock shows, what comes next, and the buttons that let time pass. */
function Clock({ recovery }: { recovery: Recovery }) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  const now = useNow();
  const advance = useAdvance();
  const may = useCan()("test_clock:write");
  const due = recovery.next_attempt_at;
  const wait = due === null ? 0 : Math.ceil((Date.parse(due) - now.getTime()) / 1_000) + A_MOMENT;
  return (
    <div className="flex flex-col gap-4 rounded-card bg-sunken p-4">
      <div className="text-sm">
        <p className="text-ink-soft">{t("watch.clock", { time: format.dateTime(now) })}</p>
        <p className="mt-0.5 font-medium">
          {due === null ? (
            t("watch.nothing")
          ) : (
            <>
              {t("watch.next", {
                what: t(recovery.next_attempt_kind === "link" ? "watch.link" : "watch.charge"),
                when: format.relative(due, now),
              })}{" "}
              <span className="font-normal text-ink-soft">
                (<DateTime at={due} absolute />)
              </span>
            </>
          )}
        </p>
      </div>
      {advance.error && <ProblemNote error={advance.error} />}
      <div className="flex flex-wrap items-center gap-2">
        {due !== null && (
          <Button
            look="primary"
            icon="play"
            disabled={!may}
            busy={advance.isPending}
            onClick={() => advance.mutate(Math.max(A_MOMENT, wait))}
          >
            {t("watch.toNext")}
          </Button>
        )}
        <Button icon="clock" disabled={!may || advance.isPending} onClick={() => advance.mutate(A_DAY)}>
          {t("watch.aDay")}
        </Button>
        <span role="status" className="text-sm text-ink-soft">
          {advance.isPending && t("watch.moving")}
        </span>
      </div>
      {!may && <Why>{t("may.clock")}</Why>}
    </div>
  );
}

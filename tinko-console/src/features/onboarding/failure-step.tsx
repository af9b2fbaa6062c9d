import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Button, CodeBlock, Icon, LinkButton, ProblemNote, Spinner } from "@/components";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { Panel, Why } from "./frame";
import { newestQuery, useMakeKey, useSend } from "./queries";
import { curlOf, sampleFailure } from "./sample";
import type { OnboardingSearch } from "./search";

/** What was made for the first failure. */
export type Draft = { reference: string; secret: string | null };

type Newest = { id: string; transaction_ref: string; amount: number; currency: string };

/** A report of a failure, from a terminal or from here; it is seen the moment it arrives. */
export function FailureStep({
  draft,
  onDraft,
  onAnother,
}: {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onAnother: () => void;
}) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  const can = useCan();
  const { organization } = useMe();
  const currency = organization.currency ?? "INR";
  const failure = sampleFailure(draft.reference, currency);
  const arrived = useArrival(draft.reference);
  return (
    <Panel
      title={t("failure.title")}
      text={t("failure.text", { amount: format.money(failure.amount, currency) })}
      next="recovered"
    >
      {arrived ? (
        <Arrived newest={arrived} onAnother={onAnother} />
      ) : (
        <p role="status" className="flex items-center gap-3 rounded-card bg-sunken px-4 py-3 text-sm">
          <span className="text-accent-text">
            <Spinner />
          </span>
          {t("failure.waiting")}
        </p>
      )}
      <div className={cx("grid gap-6", draft.secret === null && "xl:grid-cols-2")}>
        <Terminal
          code={curlOf(failure, window.location.origin, draft.secret ?? "tk_test_…")}
          secret={draft.secret}
          may={can("api_keys:write")}
          onSecret={(secret) => onDraft({ ...draft, secret })}
        />
        <Here
          failure={failure}
          may={can("events:write")}
          sent={arrived?.transaction_ref === draft.reference}
        />
      </div>
    </Panel>
  );
}

/** The recovery that came while one was here: the one made for this page, or any newer than what was there. */
function useArrival(reference: string): Newest | null {
  const { data } = useQuery(newestQuery);
  const [before, setBefore] = useState<string | null | undefined>(undefined);
  if (before === undefined && data !== undefined) setBefore(data?.id ?? null);
  if (!data) return null;
  return data.transaction_ref === reference || (before !== undefined && data.id !== before) ? data : null;
}

function Arrived({ newest, onAnother }: { newest: Newest & { category?: string }; onAnother: () => void }) {
  const t = useTranslations("onboarding");
  const format = useFormat();
  return (
    <div
      role="status"
      className="flex animate-rise flex-wrap items-center gap-x-4 gap-y-3 rounded-card bg-good-tint px-4 py-3"
    >
      <Icon name="check-circle" size={22} className="text-good-text" />
      <div className="min-w-0 flex-1 basis-56 text-sm">
        <p className="font-medium">
          {t("failure.arrived", {
            amount: format.money(newest.amount, newest.currency),
            reference: newest.transaction_ref,
          })}
        </p>
        <p className="text-ink-soft">{t("failure.arrivedText")}</p>
      </div>
      <Button look="ghost" size="sm" onClick={onAnother}>
        {t("watch.another")}
      </Button>
      <LinkButton
        to="/onboarding"
        look="primary"
        resetScroll={false}
        search={(now: OnboardingSearch) => ({ ...now, step: "recovered" as const, recovery: newest.id })}
      >
        {t("failure.watch")}
      </LinkButton>
    </div>
  );
}

function Terminal({
  code,
  secret,
  may,
  onSecret,
}: {
  code: string;
  secret: string | null;
  may: boolean;
  onSecret: (secret: string) => void;
}) {
  const t = useTranslations("onboarding");
  const make = useMakeKey();
  const run = () => make.mutate(t("failure.keyName"), { onSuccess: (key) => onSecret(key.secret) });
  return (
    <div className="flex min-w-0 flex-col items-start gap-3">
      <div>
        <h3 className="text-sm font-semibold">{t("failure.terminal")}</h3>
        <p className="mt-1 text-sm text-ink-soft">{t("failure.terminalText")}</p>
      </div>
      {make.error && <ProblemNote error={make.error} />}
      {secret === null ? (
        may ? (
          <Button look="primary" icon="key" busy={make.isPending} onClick={run}>
            {t("failure.makeKey")}
          </Button>
        ) : (
          <Why>{t("may.key")}</Why>
        )
      ) : (
        <div className="w-full">
          <CodeBlock code={code} label={t("failure.command")} />
        </div>
      )}
    </div>
  );
}

function Here({
  failure,
  may,
  sent,
}: {
  failure: ReturnType<typeof sampleFailure>;
  may: boolean;
  sent: boolean;
}) {
  const t = useTranslations("onboarding");
  const send = useSend();
  return (
    <div className="flex flex-col items-start gap-3">
      <div>
        <h3 className="text-sm font-semibold">{t("failure.here")}</h3>
        <p className="mt-1 text-sm text-ink-soft">{t("failure.hereText")}</p>
      </div>
      {send.error && <ProblemNote error={send.error} />}
      <Button icon="bolt" busy={send.isPending} disabled={!may || sent} onClick={() => send.mutate(failure)}>
        {t("failure.send")}
      </Button>
      {!may && <Why>{t("may.send")}</Why>}
    </div>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Banner, Button, DateTime, Dialog, ProblemNote, Skeleton, toast } from "@/components";
import { isProblem } from "@/lib/api";

import { Changes, differencesOf } from "./changes";
import {
  dropDraft,
  policyQuery,
  publishDraft,
  saveDraft,
  useActorName,
  useQueryOf,
  versionsQuery,
} from "./queries";
import { termsOf, type Policy } from "./terms";
import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

type Props = { policy: Policy; editor: Editor; onClose: () => void; onChanged: () => Promise<void> };

/** Asks before publishing: what changes, and whom it concerns. Shows what somebody else published meanwhile. */
export function PublishDialog({ policy, editor, onClose, onChanged }: Props) {
  const { t } = usePolicyWords();
  const client = useQueryClient();
  const [theirs, setTheirs] = useState(editor.basedOn !== policy.version);
  const [busy, setBusy] = useState<"publish" | "drop" | null>(null);
  const [error, setError] = useState<Error | null>(null);

  const attempt = async (what: "publish" | "drop", run: () => Promise<void>) => {
    setBusy(what);
    setError(null);
    try {
      await run();
      onClose();
      await onChanged();
    } catch (caught) {
      if (isProblem(caught, "policy_changed")) {
        await client.refetchQueries({ queryKey: policyQuery(policy.id).queryKey, exact: true });
        await client.invalidateQueries({ queryKey: versionsQuery(policy.id).queryKey });
        setTheirs(true);
      } else setError(caught instanceof Error ? caught : new Error(String(caught)));
    } finally {
      setBusy(null);
    }
  };
  const publish = () =>
    attempt("publish", async () => {
      if (theirs) await saveDraft(policy.id, editor.terms, policy.version);
      else await editor.flush();
      const done = await publishDraft(policy.id, theirs ? policy.version : editor.basedOn);
      toast(t("publish.done", { version: done.version }));
    });
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={t(theirs ? "publish.conflictTitle" : "publish.title", {
        version: policy.version + 1,
        name: policy.name,
      })}
      footer={
        <>
          <Button onClick={onClose}>{t("publish.notNow")}</Button>
          {theirs && (
            <Button busy={busy === "drop"} onClick={() => void attempt("drop", () => dropDraft(policy.id))}>
              {t("publish.takeTheirs")}
            </Button>
          )}
          <Button look="primary" busy={busy === "publish"} onClick={() => void publish()}>
            {t(theirs ? "publish.mineOver" : "publish.confirm", { version: policy.version + 1 })}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {error && <ProblemNote error={error} />}
        {theirs && <Theirs policy={policy} basedOn={editor.basedOn} />}
        <section>
          <h3 className="mb-2 text-sm font-semibold">{t("publish.changes")}</h3>
          <Changes changes={differencesOf(termsOf(policy), editor.terms)} />
        </section>
        <Whom policy={policy} />
      </div>
    </Dialog>
  );
}

/** What was published since the draft was begun, and by whom. */
function Theirs({ policy, basedOn }: { policy: Policy; basedOn: number }) {
  const { t } = usePolicyWords();
  const nameOf = useActorName();
  const { data } = useQuery(versionsQuery(policy.id));
  const latest = data?.items.find((each) => each.version === policy.version);
  const base = data?.items.find((each) => each.version === basedOn);
  if (!latest) return <Skeleton className="h-16" />;
  return (
    <section className="flex flex-col gap-2">
      <Banner tone="warn">
        {t("publish.meanwhile", {
          who: nameOf(latest.created_by) ?? t("versions.somebody"),
          version: latest.version,
        })}{" "}
        <DateTime at={latest.created_at} />
      </Banner>
      <h3 className="mt-2 text-sm font-semibold">{t("publish.theirChanges", { version: basedOn })}</h3>
      <Changes changes={differencesOf(base?.settings ?? {}, latest.settings)} />
    </section>
  );
}

function Whom({ policy }: { policy: Policy }) {
  const { t } = usePolicyWords();
  const { data } = useQuery(useQueryOf(policy.id));
  return (
    <section className="rounded-control bg-sunken p-3.5 text-sm">
      <h3 className="font-semibold">{t("publish.whom")}</h3>
      <p className="mt-1">{t(policy.is_active ? "publish.fromNow" : "publish.resting")}</p>
      {data && data.open > 0 && (
        <ul className="mt-1 text-ink-soft">
          {data.versions.map((each) => (
            <li key={each.version}>{t("publish.keeps", { count: each.open, version: each.version })}</li>
          ))}
        </ul>
      )}
      {data?.open === 0 && <p className="mt-1 text-ink-soft">{t("publish.noneOpen")}</p>}
    </section>
  );
}

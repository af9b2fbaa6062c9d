import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { Button, Dialog, ErrorState, Icon, Money, ProblemNote, Skeleton, toast } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { actInBulk, previewBulk } from "./acts";
import type { Bulk, BulkAct } from "./queries";
import { useWords } from "./words";

/** What takes an act back, where something does. */
const BACK: Partial<Record<BulkAct, BulkAct>> = { pause: "resume", resume: "pause" };

type Props = {
  act: BulkAct;
  ids: readonly string[];
  labels: ReadonlyMap<string, string>;
  onClose: (done: boolean) => void;
};

/** Looks first: how many can, how many cannot and why, whose money. Then does it, and says what became of each. */
export function BulkDialog({ act, ids, labels, onClose }: Props) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ["bulk", act, ids],
    queryFn: () => previewBulk(act, [...ids]),
    gcTime: 0,
    staleTime: Infinity,
  });
  const refresh = () => client.invalidateQueries({ queryKey: ["recoveries"] });
  const undo = async (done: readonly string[], back: BulkAct) => {
    const result = await actInBulk(back, [...done]);
    await refresh();
    toast(t("bulk.undone", { count: result.allowed }));
  };
  const run = useMutation({
    mutationFn: (allowed: string[]) => actInBulk(act, allowed),
    onSuccess: async (result) => {
      await refresh();
      const back = BACK[act];
      const done = result.items.filter((item) => item.allowed).map((item) => item.id);
      toast(t(`bulk.done.${act}`, { count: result.allowed }), {
        tone: result.allowed > 0 ? "good" : "info",
        ...(back && done.length > 0
          ? {
              action: {
                label: t("undo"),
                run: () => void undo(done, back).catch(() => toast(t("bulk.undoFailed"), { tone: "bad" })),
              },
            }
          : {}),
      });
      // Whatever was refused after the look is told before the dialog goes.
      if (result.refused.length === 0) onClose(true);
    },
  });
  const allowed = preview.data?.items.filter((item) => item.allowed).map((item) => item.id) ?? [];
  const finished = run.data !== undefined;
  return (
    <Dialog
      open
      wide
      closable={!run.isPending}
      onOpenChange={(next) => !next && onClose(finished)}
      title={t(`bulk.title.${act}`, { count: ids.length })}
      footer={
        finished ? (
          <Button look="primary" onClick={() => onClose(true)}>
            {common("actions.close")}
          </Button>
        ) : (
          <>
            <Button disabled={run.isPending} onClick={() => onClose(false)}>
              {t("bulk.back")}
            </Button>
            <Button
              look={act === "cancel" ? "danger" : "primary"}
              busy={run.isPending}
              disabled={run.isPending || allowed.length === 0}
              onClick={() => run.mutate(allowed)}
            >
              {t(`bulk.confirm.${act}`, { count: allowed.length })}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {preview.data === undefined &&
          (preview.error ? (
            <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
          ) : (
            <Loading />
          ))}
        {preview.data !== undefined && !finished && <Look act={act} bulk={preview.data} />}
        {run.data !== undefined && <Results act={act} bulk={run.data} labels={labels} />}
        {run.error && <ProblemNote error={run.error} />}
      </div>
    </Dialog>
  );
}

function Loading() {
  const t = useTranslations("recoveries");
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      <p role="status" className="text-ink-soft">
        {t("bulk.checking")}
      </p>
      <Skeleton className="h-14" />
      <Skeleton className="h-10" />
    </div>
  );
}

function Look({ act, bulk }: { act: BulkAct; bulk: Bulk }) {
  const t = useTranslations("recoveries");
  const refused = bulk.refused.reduce((sum, each) => sum + each.count, 0);
  return (
    <>
      <div className="flex gap-3 rounded-card bg-sunken p-4">
        <Icon
          name={bulk.allowed > 0 ? "check-circle" : "ban"}
          size={20}
          className={bulk.allowed > 0 ? "text-good-text" : "text-ink-faint"}
        />
        <div className="min-w-0">
          <p className="font-medium">{t(`bulk.can.${act}`, { count: bulk.allowed })}</p>
          {bulk.allowed > 0 && <p className="mt-0.5 text-ink-soft">{t(`bulk.means.${act}`)}</p>}
          {bulk.money.length > 0 && (
            <ul aria-label={t("bulk.money")} className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
              {bulk.money.map(({ currency, amount }) => (
                <li key={currency} className="text-base font-semibold">
                  <Money minor={amount} currency={currency} />{" "}
                  <span className="text-xs font-normal text-ink-faint">{currency}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      {refused > 0 && (
        <section className="flex flex-col gap-2">
          <h3 className="font-medium">{t("bulk.cannot", { count: refused })}</h3>
          <Refused bulk={bulk} />
        </section>
      )}
    </>
  );
}

function Refused({ bulk }: { bulk: Bulk }) {
  const words = useWords();
  return (
    <ul className="flex flex-col divide-y divide-line rounded-control border border-line">
      {bulk.refused.map(({ rule, reason, count }) => (
        <li key={rule} className="flex gap-3 px-3 py-2">
          <span className="min-w-7 text-right font-semibold">{count}</span>
          <span className="min-w-0">
            {words.refusal(rule, reason)} <code className="font-mono text-xs text-ink-faint">{rule}</code>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Results({ act, bulk, labels }: { act: BulkAct; bulk: Bulk; labels: ReadonlyMap<string, string> }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  return (
    <>
      <p role="status" className="font-medium">
        {t(`bulk.done.${act}`, { count: bulk.allowed })}
      </p>
      <ul className="max-h-80 divide-y divide-line overflow-y-auto rounded-control border border-line">
        {bulk.items.map((item) => (
          <li key={item.id} className="flex items-start gap-2.5 px-3 py-2">
            <Icon
              name={item.allowed ? "check-circle" : "x-circle"}
              size={16}
              className={item.allowed ? "mt-0.5 text-good-text" : "mt-0.5 text-bad-text"}
            />
            <span className="min-w-0 flex-1 truncate">{labels.get(item.id) ?? item.id}</span>
            <span className="min-w-0 flex-1 text-ink-soft">
              {item.allowed ? t("bulk.itemDone") : words.refusal(item.rule, item.reason)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

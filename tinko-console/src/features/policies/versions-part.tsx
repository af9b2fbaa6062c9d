import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Badge, Button, Card, ConfirmDialog, DateTime, ErrorState, Skeleton, toast } from "@/components";

import { Changes, differencesOf } from "./changes";
import { restoreVersion, useActorName, useQueryOf, versionsQuery, type Version } from "./queries";
import { termsOf, type Policy } from "./terms";
import { usePolicyWords } from "./words";

/** Every version, what it changed, who made it; any of them can come back as the next one. */
export function VersionsPart({
  policy,
  may,
  onChanged,
}: {
  policy: Policy;
  may: boolean;
  onChanged: () => Promise<void>;
}) {
  const { t } = usePolicyWords();
  const nameOf = useActorName();
  const query = useQuery(versionsQuery(policy.id));
  const use = useQuery(useQueryOf(policy.id)).data;
  const [restoring, setRestoring] = useState<Version | null>(null);
  if (query.error && !query.data) {
    return (
      <Card flush>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  }
  if (!query.data) return <Skeleton className="h-40 rounded-card" />;
  return (
    <ol className="flex max-w-3xl flex-col gap-4">
      {query.data.items.map((version) => {
        const open = use?.versions.find((each) => each.version === version.version)?.open ?? 0;
        const holds = version.version === policy.version;
        return (
          <li key={version.version} className="rounded-card border border-line bg-surface p-4.5 shadow-card">
            <div className="flex flex-wrap items-start justify-between gap-3">
              <div>
                <h2 className="flex flex-wrap items-center gap-2 text-base font-semibold">
                  {t("badges.version", { version: version.version })}
                  {holds && (
                    <Badge tone="good" icon="check">
                      {t("versions.holds")}
                    </Badge>
                  )}
                </h2>
                <p className="mt-0.5 text-sm text-ink-soft">
                  {nameOf(version.created_by) ?? t("versions.somebody")} ·{" "}
                  <DateTime at={version.created_at} />
                  {open > 0 && <> · {t("list.open", { count: open })}</>}
                </p>
              </div>
              {!holds && (
                <Button size="sm" disabled={!may} onClick={() => setRestoring(version)}>
                  {t("versions.restore")}
                </Button>
              )}
            </div>
            <div className="mt-3">
              {version.changes.length > 0 ? (
                <Changes changes={version.changes} />
              ) : (
                <p className="text-sm text-ink-soft">
                  {t(version.version === 1 ? "versions.first" : "versions.unchanged")}
                </p>
              )}
            </div>
          </li>
        );
      })}
      {query.data.next_before !== null && (
        <li className="text-sm text-ink-soft">{t("versions.older", { count: query.data.items.length })}</li>
      )}
      {restoring && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setRestoring(null)}
          title={t("versions.restoreTitle", { version: restoring.version })}
          confirm={t("versions.restoreConfirm", { version: policy.version + 1 })}
          danger={false}
          onConfirm={async () => {
            const done = await restoreVersion(policy.id, restoring.version, policy.version);
            toast(t("publish.done", { version: done.version }));
            await onChanged();
          }}
        >
          <p>{t("versions.restoreText", { version: policy.version + 1, count: use?.open ?? 0 })}</p>
          <Changes changes={differencesOf(termsOf(policy), termsOf(restoring.settings))} />
        </ConfirmDialog>
      )}
    </ol>
  );
}

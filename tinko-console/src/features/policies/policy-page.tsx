import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useParams } from "@tanstack/react-router";
import { useState } from "react";

import {
  BackLink,
  Badge,
  Banner,
  Button,
  Card,
  ErrorState,
  PageHeader,
  PageSkeleton,
  Tabs,
} from "@/components";
import { useCan } from "@/lib/session";

import { HistoryPart } from "./history-part";
import { PolicyMenu } from "./policy-menu";
import { Picture } from "./picture";
import { PublishDialog } from "./publish-dialog";
import { draftQuery, dropDraft, policyQuery, versionsQuery, type Draft } from "./queries";
import { SaveNote } from "./save-note";
import { SettingsForm } from "./settings-form";
import type { Policy } from "./terms";
import { useEditor } from "./use-editor";
import { VersionsPart } from "./versions-part";
import { usePolicyWords } from "./words";

const route = getRouteApi("/shell/policies/$id");

/** One policy: its settings with the schedule they make, its versions, and a try on own history. */
export function PolicyPage() {
  const { id } = useParams({ from: "/shell/policies/$id" });
  const policy = useQuery(policyQuery(id));
  // The editor owns the draft while the page is open; it must not change under somebody's hands.
  const draft = useQuery({
    ...draftQuery(id),
    enabled: policy.data !== undefined,
    staleTime: Infinity,
    gcTime: 0,
  });
  const [epoch, setEpoch] = useState(0);
  const client = useQueryClient();
  const again = async () => {
    await client.refetchQueries({ queryKey: policyQuery(id).queryKey, exact: true });
    await client.refetchQueries({ queryKey: draftQuery(id).queryKey });
    void client.invalidateQueries({ queryKey: versionsQuery(id).queryKey });
    void client.invalidateQueries({ queryKey: ["policies", "list"] });
    setEpoch((before) => before + 1);
  };
  const error = policy.error ?? draft.error;
  if (policy.data !== undefined && draft.data !== undefined) {
    return <PolicyView key={`${id}/${epoch}`} policy={policy.data} draft={draft.data} onChanged={again} />;
  }
  if (error) {
    return (
      <Card flush>
        <ErrorState error={error} onRetry={() => void Promise.all([policy.refetch(), draft.refetch()])} />
      </Card>
    );
  }
  return <PageSkeleton />;
}

function PolicyView({
  policy,
  draft,
  onChanged,
}: {
  policy: Policy;
  draft: Draft | null;
  onChanged: () => Promise<void>;
}) {
  const { t } = usePolicyWords();
  const may = useCan()("policies:write");
  const editor = useEditor(policy, draft);
  const { part = "settings" } = route.useSearch();
  const navigate = route.useNavigate();
  const [publishing, setPublishing] = useState(false);
  const [dropping, setDropping] = useState(false);
  const outdated = editor.basedOn !== policy.version;
  const drop = async () => {
    setDropping(true);
    try {
      await dropDraft(policy.id);
      await onChanged();
    } finally {
      setDropping(false);
    }
  };
  return (
    <>
      <PageHeader
        back={<BackLink to="/policies">{t("title")}</BackLink>}
        title={policy.name}
        badges={
          <>
            {policy.is_active && (
              <Badge tone="good" icon="check-circle">
                {t("badges.active")}
              </Badge>
            )}
            <Badge>{t("badges.version", { version: policy.version })}</Badge>
          </>
        }
        description={t(policy.is_active ? "page.activeHint" : "page.restingHint")}
        actions={
          <>
            {may && <SaveNote editor={editor} />}
            {may && editor.differs && (
              <Button busy={dropping} onClick={() => void drop()}>
                {t("page.discard")}
              </Button>
            )}
            <Button
              look="primary"
              disabled={!may || !editor.differs || editor.mistakes.size > 0}
              onClick={() => setPublishing(true)}
            >
              {t("page.publish")}
            </Button>
            <PolicyMenu policy={policy} may={may} onChanged={onChanged} />
          </>
        }
      />
      {!may && <p className="-mt-3 mb-5 text-sm text-ink-soft">{t("readOnly")}</p>}
      {outdated && editor.differs && (
        <div className="mb-5">
          <Banner tone="warn">{t("page.outdated", { based: editor.basedOn, now: policy.version })}</Banner>
        </div>
      )}
      <Tabs
        label={policy.name}
        value={part}
        onChange={(next) =>
          void navigate({ search: next === "settings" ? {} : { part: next }, replace: true })
        }
        tabs={[
          {
            value: "settings",
            label: t("parts.settings"),
            content: (
              <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
                <SettingsForm editor={editor} disabled={!may} />
                <div className="xl:sticky xl:top-4">
                  <Picture editor={editor} />
                </div>
              </div>
            ),
          },
          {
            value: "history",
            label: t("parts.history"),
            content: <HistoryPart editor={editor} />,
          },
          {
            value: "versions",
            label: t("parts.versions"),
            content: <VersionsPart policy={policy} may={may} onChanged={onChanged} />,
          },
        ]}
      />
      {publishing && (
        <PublishDialog
          policy={policy}
          editor={editor}
          onClose={() => setPublishing(false)}
          onChanged={onChanged}
        />
      )}
    </>
  );
}

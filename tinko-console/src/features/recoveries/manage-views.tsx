import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Badge, Button, Dialog, Field, Form, IconButton, Input, toast, useProblemText } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { viewsQuery, type SavedView } from "./queries";

/** Renames, shares and deletes views; what is deleted can be put back. */
export function ManageViews({
  open,
  onClose,
  views,
}: {
  open: boolean;
  onClose: () => void;
  views: readonly SavedView[];
}) {
  const t = useTranslations("recoveries");
  const [renaming, setRenaming] = useState<string | null>(null);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("views.manage")}>
      {views.length === 0 && <p className="text-sm text-ink-soft">{t("views.none")}</p>}
      <ul className="flex flex-col divide-y divide-line">
        {views.map((view) => (
          <li key={view.id} className="py-2.5 first:pt-0 last:pb-0">
            {renaming === view.id ? (
              <Rename view={view} onDone={() => setRenaming(null)} />
            ) : (
              <Row view={view} onRename={() => setRenaming(view.id)} />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Row({ view, onRename }: { view: SavedView; onRename: () => void }) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const client = useQueryClient();
  const can = useCan();
  const text = useProblemText();
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act();
      await client.invalidateQueries(viewsQuery);
    } catch (error) {
      toast(text(error as Error), { tone: "bad" });
    }
  };
  const path = { params: { path: { saved_view_id: view.id } } };
  const putBack = () =>
    attempt(() =>
      api.POST("/v1/saved_views", {
        body: { name: view.name, page: "recoveries", query: view.query as never, shared: view.shared },
      }),
    );
  const remove = () =>
    attempt(async () => {
      await api.DELETE("/v1/saved_views/{saved_view_id}", path);
      toast(t("views.deleted", { name: view.name }), {
        ...(view.mine ? { action: { label: t("undo"), run: () => void putBack() } } : {}),
      });
    });
  const share = () =>
    attempt(() => api.PATCH("/v1/saved_views/{saved_view_id}", { ...path, body: { shared: !view.shared } }));
  return (
    <div className="flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate text-sm font-medium">{view.name}</span>
      {view.shared && <Badge>{view.mine ? t("views.isShared") : t("views.others")}</Badge>}
      {view.mine && (
        <>
          <Button size="sm" look="ghost" onClick={() => void share()}>
            {t(view.shared ? "views.unshare" : "views.shareIt")}
          </Button>
          <IconButton
            size="sm"
            icon="pencil"
            label={t("views.rename", { name: view.name })}
            onClick={onRename}
          />
        </>
      )}
      {(view.mine || can("members:write")) && (
        <IconButton
          size="sm"
          icon="trash"
          label={`${common("actions.delete")}: ${view.name}`}
          onClick={() => void remove()}
        />
      )}
    </div>
  );
}

function Rename({ view, onDone }: { view: SavedView; onDone: () => void }) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [name, setName] = useState(view.name);
  const save = async () => {
    await api.PATCH("/v1/saved_views/{saved_view_id}", {
      params: { path: { saved_view_id: view.id } },
      body: { name: name.trim() },
    });
    await client.invalidateQueries(viewsQuery);
    onDone();
  };
  return (
    <Form fields={["name"]} onSubmit={save} className="flex flex-col gap-2">
      {({ of, busy, note }) => (
        <>
          {note}
          <Field label={t("views.name")} error={of("name")}>
            <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
          </Field>
          <div className="flex justify-end gap-2">
            <Button size="sm" onClick={onDone}>
              {common("actions.cancel")}
            </Button>
            <Button size="sm" type="submit" look="primary" busy={busy} disabled={name.trim() === "" || busy}>
              {common("actions.save")}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}

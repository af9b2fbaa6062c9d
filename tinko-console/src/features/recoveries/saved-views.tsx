import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  Button,
  Checkbox,
  Dialog,
  Field,
  Form,
  Icon,
  Input,
  Menu,
  MenuItem,
  MenuLabel,
  MenuLine,
  toast,
} from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { readFilters, sameFilters, type Filters } from "./filters";
import { ManageViews } from "./manage-views";
import { viewsQuery, type SavedView } from "./queries";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** Lists that somebody keeps under a name; one's own and those that others share. */
export function SavedViews({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const { data } = useQuery(viewsQuery);
  const [open, setOpen] = useState<"save" | "manage" | null>(null);
  const views = data?.items ?? [];
  const current = views.find((view) => sameFilters(readFilters(view.query), filters));
  const usual = [
    [t("views.all"), {}],
    [t("views.open"), { status: "open" }],
    [t("views.attention"), { needs_attention: true }],
  ] as const satisfies readonly (readonly [string, Filters])[];
  const here = current?.name ?? usual.find(([, each]) => sameFilters(each, filters))?.[0];
  const item = (view: SavedView) => (
    <MenuItem
      key={view.id}
      icon={view === current ? "check" : "filter"}
      onSelect={() => onChange(readFilters(view.query))}
    >
      <span className="min-w-0 flex-1 truncate">{view.name}</span>
      {view.shared && view.mine && <span className="text-xs text-ink-faint">{t("views.isShared")}</span>}
    </MenuItem>
  );
  const mine = views.filter((view) => view.mine);
  const others = views.filter((view) => !view.mine);
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button>
            <span className="max-w-44 truncate">{here ?? t("views.title")}</span>
            <Icon name="chevron-down" size={15} />
          </Button>
        }
      >
        <MenuLabel>{t("views.usual")}</MenuLabel>
        {usual.map(([name, each]) => (
          <MenuItem
            key={name}
            icon={current === undefined && name === here ? "check" : "filter"}
            onSelect={() => onChange(each)}
          >
            {name}
          </MenuItem>
        ))}
        {mine.length > 0 && <MenuLabel>{t("views.mine")}</MenuLabel>}
        {mine.map(item)}
        {others.length > 0 && <MenuLabel>{t("views.others")}</MenuLabel>}
        {others.map(item)}
        <MenuLine />
        <MenuItem icon="plus" onSelect={() => setOpen("save")}>
          {t("views.save")}
        </MenuItem>
        {views.length > 0 && (
          <MenuItem icon="pencil" onSelect={() => setOpen("manage")}>
            {t("views.manage")}
          </MenuItem>
        )}
      </Menu>
      <SaveView open={open === "save"} onClose={() => setOpen(null)} filters={filters} />
      <ManageViews open={open === "manage"} onClose={() => setOpen(null)} views={views} />
    </>
  );
}

function SaveView({ open, onClose, filters }: { open: boolean; onClose: () => void; filters: Filters }) {
  const t = useTranslations("recoveries");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = async () => {
    const query = filters as Record<string, string | number | boolean>;
    await api.POST("/v1/saved_views", { body: { name: name.trim(), page: "recoveries", query, shared } });
    await client.invalidateQueries(viewsQuery);
    toast(t("views.saved", { name: name.trim() }));
    setName("");
    onClose();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t("views.save")}
      description={t("views.saveText")}
    >
      <Form fields={["name"]} onSubmit={save}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("views.name")} error={of("name")} required>
              <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
            </Field>
            <Checkbox
              label={t("views.share")}
              hint={t("views.shareHint")}
              checked={shared}
              onChange={setShared}
            />
            <div className="flex justify-end">
              <Button type="submit" look="primary" busy={busy} disabled={name.trim() === "" || busy}>
                {t("views.saveIt")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

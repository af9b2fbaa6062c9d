import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, CheckboxBox, Dialog, Field, Form, Input, RadioGroup, Select } from "@/components";
import { api, dataOf } from "@/lib/api";
import { useMachineNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import type { NewApiKey } from "./queries";
import { ACCESS, canWrite, SCOPE_AREAS, scopesOf, toggled, type Access, type ScopeArea } from "./scopes";

const DAYS = ["never", "30", "90", "365"] as const;
const A_DAY = 86_400_000;

/** A new key: what it is called, what it may do, how long it works. */
export function CreateKeyDialog({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (key: NewApiKey) => void;
}) {
  const t = useTranslations("developers");
  const common = useTranslations("common");
  const client = useQueryClient();
  const now = useMachineNow();
  const [name, setName] = useState("");
  const [access, setAccess] = useState<Access>("all");
  const [chosen, setChosen] = useState<readonly string[]>(["events:write", "events:read"]);
  const [days, setDays] = useState<(typeof DAYS)[number]>("never");
  const submit = async () => {
    const expires_at = days === "never" ? null : new Date(now.getTime() + Number(days) * A_DAY).toISOString();
    const body = { name, scopes: [...scopesOf(access, chosen)], expires_at };
    const made = await dataOf(api.POST("/v1/api_keys", { body }));
    void client.invalidateQueries({ queryKey: ["api_keys"] });
    onMade(made);
  };
  return (
    <Dialog open wide onOpenChange={onClose} title={t("create.title")} description={t("create.text")}>
      <Form fields={["name", "scopes", "expires_at"]} onSubmit={submit} className="flex flex-col gap-5">
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("keys.name")} hint={t("create.nameHint")} error={of("name")} required>
              <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
            </Field>
            <div>
              <p className="mb-2 text-sm font-medium">{t("create.access")}</p>
              <RadioGroup
                label={t("create.access")}
                value={access}
                onChange={setAccess}
                options={ACCESS.map((value) => ({
                  value,
                  label: t(`create.${value}`),
                  hint: t(`create.${value}Hint`),
                }))}
              />
              {access === "choose" && <ScopeGrid chosen={chosen} onChange={setChosen} />}
              {of("scopes") && <p className="mt-1.5 text-xs text-bad-text">{of("scopes")}</p>}
            </div>
            <Field label={t("create.expiry")} hint={t("create.expiryHint")} error={of("expires_at")}>
              <Select
                value={days}
                onChange={setDays}
                options={DAYS.map((value) => ({
                  value,
                  label:
                    value === "never" ? t("create.neverExpires") : t("create.days", { days: Number(value) }),
                }))}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button
                type="submit"
                look="primary"
                busy={busy}
                disabled={busy || name.trim() === "" || scopesOf(access, chosen).length === 0}
              >
                {t("keys.create")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function ScopeGrid({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const t = useTranslations("developers");
  const box = (area: ScopeArea, verb: "read" | "write") => (
    <CheckboxBox
      label={t("create.may", { verb: t(`create.${verb}Verb`), area: t(`scopes.${area}`) })}
      checked={chosen.includes(`${area}:${verb}`)}
      onChange={(on) => onChange(toggled(chosen, area, verb, on))}
    />
  );
  return (
    <table className="mt-3 w-full text-sm">
      <thead>
        <tr className="border-b border-line text-xs text-ink-faint">
          <th scope="col" className="py-2 text-left font-medium">
            {t("create.area")}
          </th>
          <th scope="col" className="w-20 py-2 font-medium">
            {t("create.readVerb")}
          </th>
          <th scope="col" className="w-20 py-2 font-medium">
            {t("create.writeVerb")}
          </th>
        </tr>
      </thead>
      <tbody>
        {SCOPE_AREAS.map((area) => (
          <tr key={area} className="border-b border-line last:border-0">
            <th scope="row" className="py-2 pr-2 text-left font-normal">
              {t(`scopes.${area}`)}
            </th>
            <td>
              <div className="grid place-items-center">{box(area, "read")}</div>
            </td>
            <td>{canWrite(area) && <div className="grid place-items-center">{box(area, "write")}</div>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

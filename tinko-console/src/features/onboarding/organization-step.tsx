import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Button, Field, Form, Input, Select } from "@/components";
import { useLocale, useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { Panel, Why } from "./frame";
import { useNameAndCurrency } from "./queries";

const USUAL = "INR PHP IDR USD EUR GBP SGD AED MYR THB VND LKR BDT NPR JPY AUD CAD".split(" ");

/** What the merchant is called, and the currency that is shown first. */
export function OrganizationStep() {
  const t = useTranslations("onboarding");
  const locale = useLocale();
  const navigate = useNavigate();
  const { organization } = useMe();
  const save = useNameAndCurrency();
  const may = useCan()("organization:write");
  const [name, setName] = useState(organization.name);
  const [currency, setCurrency] = useState(organization.currency ?? USUAL[0] ?? "");
  const names = new Intl.DisplayNames(locale, { type: "currency" });
  const offered = USUAL.includes(currency) ? USUAL : [currency, ...USUAL];
  return (
    <Panel title={t("organization.title")} text={t("organization.text")} next="psp">
      <Form
        fields={["name", "currency"]}
        className="flex max-w-md flex-col gap-4"
        onSubmit={async () => {
          await save({ name: name.trim(), currency });
          await navigate({ to: "/onboarding", search: { step: "psp" }, resetScroll: false });
        }}
      >
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("organization.name")} error={of("name")} required>
              <Input
                name="name"
                value={name}
                disabled={!may}
                autoComplete="organization"
                onChange={({ target }) => setName(target.value)}
              />
            </Field>
            <Field label={t("organization.currency")} error={of("currency")} required>
              <Select
                value={currency}
                disabled={!may}
                onChange={setCurrency}
                options={offered.map((code) => ({
                  value: code,
                  label: `${code} – ${names.of(code) ?? code}`,
                }))}
              />
            </Field>
            {may ? (
              <div>
                <Button type="submit" look="primary" busy={busy}>
                  {t("organization.save")}
                </Button>
              </div>
            ) : (
              <Why>{t("may.owner")}</Why>
            )}
          </>
        )}
      </Form>
    </Panel>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { Button, Card, Field, Form, Input, PageHeader, toast } from "@/components";
import { api } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useCan, useMe, type Organization } from "@/lib/session";

import { readColor } from "./colors";
import { ContrastNote } from "./contrast-note";
import { LogoField, type Logo } from "./logo-field";
import { ReadOnly } from "./organization-page";
import { PayerPreview } from "./payer-preview";

const USUAL = "#0b57d0";

export function BrandingPage(): ReactNode {
  const t = useTranslations("settings");
  const { organization } = useMe();
  return (
    <>
      <PageHeader title={t("branding.title")} description={t("branding.description")} />
      <Branding key={organization.id} organization={organization} />
    </>
  );
}

function Branding({ organization }: { organization: Organization }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const can = useCan()("organization:write");
  const [name, setName] = useState(organization.display_name ?? "");
  const [typed, setTyped] = useState(organization.brand_color ?? "");
  const [logo, setLogo] = useState<Logo>({ kind: "kept", url: organization.logo_url });
  const color = readColor(typed);
  const save = async () => {
    const body = {
      display_name: name.trim() || null,
      brand_color: typed.trim() === "" ? null : (color ?? typed),
      ...(logo.kind === "new" ? { logo: logo.url } : logo.url === null ? { logo: null } : {}),
    };
    await api.PATCH("/v1/auth/org", { body });
    const me = await client.fetchQuery({ ...meQuery, staleTime: 0 });
    setLogo({ kind: "kept", url: me?.organization.logo_url ?? null });
    toast(t("branding.saved"));
  };
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card>
        {!can && <ReadOnly />}
        <Form
          fields={["display_name", "brand_color", "logo"]}
          onSubmit={save}
          className="flex flex-col gap-5"
        >
          {({ of, busy, note }) => (
            <>
              {note}
              <Field label={t("branding.name")} hint={t("branding.nameHint")} error={of("display_name")}>
                <Input
                  value={name}
                  disabled={!can}
                  maxLength={200}
                  placeholder={organization.name}
                  onChange={(event) => setName(event.target.value)}
                />
              </Field>
              <div className="flex flex-col gap-2">
                <Field
                  label={t("branding.color")}
                  hint={t("branding.colorHint")}
                  error={
                    of("brand_color") ??
                    (typed !== "" && color === null ? t("branding.colorWrong") : undefined)
                  }
                >
                  <Input
                    value={typed}
                    disabled={!can}
                    maxLength={7}
                    spellCheck={false}
                    placeholder={USUAL}
                    className="font-mono"
                    onChange={(event) => setTyped(event.target.value)}
                  />
                </Field>
                <label className="flex min-h-9 items-center gap-2 text-sm text-ink-soft">
                  <input
                    type="color"
                    disabled={!can}
                    value={color ?? USUAL}
                    onChange={(event) => setTyped(event.target.value)}
                    className="h-8 w-12 cursor-pointer rounded border border-control bg-surface p-0.5"
                  />
                  {t("branding.pick")}
                </label>
                {color && <ContrastNote color={color} />}
              </div>
              <LogoField logo={logo} disabled={!can} error={of("logo")} onChange={setLogo} />
              <div>
                <Button type="submit" look="primary" busy={busy} disabled={!can || busy}>
                  {common("actions.save")}
                </Button>
              </div>
            </>
          )}
        </Form>
      </Card>
      <PayerPreview
        name={name.trim() || organization.name}
        color={color ?? USUAL}
        logo={logo.url}
        currency={organization.currency ?? "INR"}
      />
    </div>
  );
}

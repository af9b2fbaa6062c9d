import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import {
  Badge,
  Banner,
  Button,
  Card,
  CopyButton,
  DateTime,
  Field,
  Form,
  Input,
  PageHeader,
  Select,
  toast,
  Fact,
  Facts,
} from "@/components";
import { api } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { meQuery, switchOrganization, useCan, useMe, type Organization } from "@/lib/session";

import { useCountries, useCurrencies } from "./places";

export function OrganizationPage(): ReactNode {
  const t = useTranslations("settings");
  const { organization, organizations } = useMe();
  const twins = organizations.filter((each) => each.pair_id === organization.pair_id);
  return (
    <>
      <PageHeader title={t("organization.title")} description={t("organization.description")} />
      <div className="flex flex-col gap-5">
        <FactsForm organization={organization} />
        <Card title={t("organization.modes")} description={t("organization.modesText")}>
          <div className="grid gap-3 sm:grid-cols-2">
            {(["live", "test"] as const).map((mode) => (
              <Mode
                key={mode}
                mode={mode}
                here={organization.mode === mode}
                twin={twins.find((each) => each.mode === mode)}
              />
            ))}
          </div>
        </Card>
        <TimeCard />
      </div>
    </>
  );
}

function FactsForm({ organization }: { organization: Organization }) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const can = useCan()("organization:write");
  const currencies = useCurrencies(organization.currency);
  const countries = useCountries(organization.country);
  const [name, setName] = useState(organization.name);
  const [currency, setCurrency] = useState(organization.currency ?? "");
  const [country, setCountry] = useState(organization.country ?? "");
  const changed =
    name !== organization.name ||
    currency !== (organization.currency ?? "") ||
    country !== (organization.country ?? "");
  const save = async () => {
    await api.PATCH("/v1/auth/org", { body: { name, currency: currency || null, country: country || null } });
    await client.invalidateQueries(meQuery);
    toast(common("states.saved"));
  };
  return (
    <Card title={t("organization.facts")} description={t("organization.factsText")}>
      {!can && <ReadOnly />}
      <Form fields={["name", "currency", "country"]} onSubmit={save} className="flex max-w-lg flex-col gap-4">
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("organization.name")} error={of("name")} required>
              <Input
                value={name}
                disabled={!can}
                maxLength={200}
                autoComplete="organization"
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            <Field
              label={t("organization.currency")}
              hint={t("organization.currencyHint")}
              error={of("currency")}
            >
              <Select
                value={currency}
                disabled={!can}
                placeholder={t("organization.notSaid")}
                onChange={setCurrency}
                options={currencies}
              />
            </Field>
            <Field
              label={t("organization.country")}
              hint={t("organization.countryHint")}
              error={of("country")}
            >
              <Select
                value={country}
                disabled={!can}
                placeholder={t("organization.notSaid")}
                onChange={setCountry}
                options={countries}
              />
            </Field>
            <div>
              <Button type="submit" look="primary" busy={busy} disabled={!can || !changed || busy}>
                {common("actions.save")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Card>
  );
}

/** Says why nothing can be changed here. */
export function ReadOnly() {
  const t = useTranslations("settings");
  return (
    <div className="mb-4">
      <Banner tone="info">{t("ownerOnly")}</Banner>
    </div>
  );
}

function Mode({
  mode,
  here,
  twin,
}: {
  mode: "live" | "test";
  here: boolean;
  twin: Organization | undefined;
}) {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const go = (id: string) => {
    setBusy(true);
    void switchOrganization(client, id)
      .catch(() => toast(common("errors.unexpected"), { tone: "bad" }))
      .finally(() => setBusy(false));
  };
  return (
    <div className="flex flex-col items-start gap-2 rounded-control border border-line p-4">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={mode === "live" ? "good" : "warn"} icon={mode === "live" ? "bolt" : "flask"}>
          {common(`shell.${mode}`)}
        </Badge>
        {here && <span className="text-xs font-medium text-ink-soft">{t("organization.here")}</span>}
      </div>
      <p className="text-sm text-ink-soft">{t(`organization.${mode}Text`)}</p>
      {twin ? (
        <>
          <p className="flex max-w-full items-center text-ink-soft">
            <code className="truncate font-mono text-xs">{twin.id}</code>
            <CopyButton text={twin.id} />
          </p>
          {!here && (
            <Button size="sm" busy={busy} onClick={() => go(twin.id)}>
              {common(mode === "live" ? "shell.toLive" : "shell.toTest")}
            </Button>
          )}
        </>
      ) : (
        <p className="text-xs text-ink-faint">{t("organization.notMember")}</p>
      )}
    </div>
  );
}

function TimeCard() {
  const t = useTranslations("settings");
  const format = useFormat();
  const now = useNow();
  const { organization } = useMe();
  const moved = organization.clock_offset_seconds;
  return (
    <Card title={t("organization.time")} description={t("organization.timeText")}>
      <Facts>
        <Fact label={t("organization.itsTime")}>
          <DateTime absolute at={now} />
        </Fact>
        <Fact label={t("organization.zone")}>{Intl.DateTimeFormat().resolvedOptions().timeZone}</Fact>
        {moved > 0 && <Fact label={t("organization.ahead")}>{format.duration(moved)}</Fact>}
        <Fact label={t("organization.since")}>
          <DateTime machine absolute at={organization.created_at} />
        </Fact>
      </Facts>
    </Card>
  );
}

import { Button, Input, Select, Toolbar } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { EVENT_STATES, type EventFilters } from "./queries";
import { TypedFilter } from "./typed-filter";

type Props = {
  filters: EventFilters;
  accounts: readonly { id: string; label: string }[];
  onChange: (filters: EventFilters) => void;
};

/** What the list of events is narrowed to; lives in the URL. */
export function EventFilterBar({ filters, accounts, onChange }: Props) {
  const t = useTranslations("developers");
  return (
    <Toolbar>
      <Select
        aria-label={t("events.status")}
        className="w-full sm:w-44"
        placeholder={t("events.anyStatus")}
        value={filters.status ?? ""}
        onChange={(status) => onChange({ ...filters, status })}
        options={EVENT_STATES.map((value) => ({ value, label: t(`events.${value}State`) }))}
      />
      {accounts.length > 1 && (
        <Select
          aria-label={t("events.account")}
          className="w-full sm:w-48"
          placeholder={t("events.anyAccount")}
          value={filters.account ?? ""}
          onChange={(account) => onChange({ ...filters, account: account || undefined })}
          options={accounts.map(({ id, label }) => ({ value: id, label }))}
        />
      )}
      <TypedFilter
        label={t("events.typeFilter")}
        value={filters.type}
        onChange={(type) => onChange({ ...filters, type })}
      />
      <Input
        type="date"
        aria-label={t("filters.from")}
        className="!w-auto max-sm:flex-1"
        value={filters.from ?? ""}
        max={filters.to}
        onChange={(event) => onChange({ ...filters, from: event.target.value || undefined })}
      />
      <span aria-hidden="true" className="text-ink-faint">
        –
      </span>
      <Input
        type="date"
        aria-label={t("filters.to")}
        className="!w-auto max-sm:flex-1"
        value={filters.to ?? ""}
        min={filters.from}
        onChange={(event) => onChange({ ...filters, to: event.target.value || undefined })}
      />
      {Object.keys(filters).length > 0 && (
        <Button look="ghost" icon="x" onClick={() => onChange({})}>
          {t("filters.clear")}
        </Button>
      )}
    </Toolbar>
  );
}

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, Card, DataTable, EmptyState, Kbd, LinkButton, PageHeader, Toolbar } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { BulkBar } from "./bulk-bar";
import { useColumns } from "./columns";
import { ExportDialog, shownCount } from "./export-dialog";
import { FilterBar } from "./filter-bar";
import { without, type Filters } from "./filters";
import { countQuery, listQuery, newerQuery, showNewest } from "./queries";
import { SavedViews } from "./saved-views";
import { SearchBox } from "./search-box";
import { useRowKeys } from "./use-row-keys";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** The list with all that narrows it. */
export function RecoveryList({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const [exporting, setExporting] = useState(false);
  const search = (q: string) => onChange(q === "" ? without(filters, "q") : { ...filters, q });
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <Button icon="download" onClick={() => setExporting(true)}>
            {t("export.open")}
          </Button>
        }
      />
      <Toolbar>
        <SearchBox value={filters.q ?? ""} onChange={search} />
        <SavedViews filters={filters} onChange={onChange} />
        <Count filters={filters} />
      </Toolbar>
      <div className="mb-4">
        <FilterBar filters={filters} onChange={onChange} />
      </div>
      <Rows key={JSON.stringify(filters)} filters={filters} onChange={onChange} />
      <ExportDialog open={exporting} onClose={() => setExporting(false)} filters={filters} />
    </>
  );
}

function Count({ filters }: { filters: Filters }) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const { data } = useQuery(countQuery(filters));
  return (
    <p role="status" className="ml-auto text-sm text-ink-soft max-md:w-full">
      {data !== undefined && t("count", { count: data.count, shown: shownCount(data, format.number) })}
    </p>
  );
}

const NOBODY: ReadonlySet<string> = new Set();

function Rows({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  const can = useCan();
  const columns = useColumns();
  const list = useInfiniteQuery(listQuery(filters));
  const rows = list.data?.pages.flatMap((page) => page.items);
  const [selected, setSelected] = useState(NOBODY);
  const mayAct = can("recoveries:write");
  const ids = rows?.map((row) => row.id) ?? [];
  const { box, change, listeners } = useRowKeys(ids, selected, mayAct ? setSelected : null);
  const chosen = ids.filter((id) => selected.has(id));
  const labels = new Map(rows?.map((row) => [row.id, row.transaction_ref]));
  return (
    <>
      <Newer filters={filters} ceiling={list.data?.pages[0]?.ceiling ?? null} />
      {/* Only listens to what is pressed with a click or key on a row's box. */}
      <div ref={box} {...listeners} className={list.isPlaceholderData ? "opacity-60" : undefined}>
        <Card flush className="overflow-x-auto">
          <DataTable
            caption={t("title")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            rowLabel={(row) => row.transaction_ref}
            error={list.error}
            onRetry={() => void list.refetch()}
            empty={<Nothing filters={filters} onChange={onChange} />}
            {...(mayAct ? { selection: { ids: selected, onChange: change } } : {})}
            more={{
              has: list.hasNextPage,
              loading: list.isFetchingNextPage,
              load: () => void list.fetchNextPage(),
            }}
          />
        </Card>
      </div>
      {ids.length > 1 && (
        <p className="mt-3 flex flex-wrap items-center gap-x-1.5 text-xs text-ink-faint max-md:hidden">
          {t.rich(mayAct ? "keys" : "keysReading", { key: (letter) => <Kbd>{letter as string}</Kbd> })}
        </p>
      )}
      <BulkBar ids={chosen} labels={labels} onClear={() => setSelected(NOBODY)} />
    </>
  );
}

/** Says how many came since; they are shown when one asks for them. */
function Newer({ filters, ceiling }: { filters: Filters; ceiling: string | null }) {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const client = useQueryClient();
  const { data } = useQuery(newerQuery(filters, ceiling));
  const some = data !== undefined && data.count > 0;
  return (
    <div role="status" className="flex justify-center">
      {some && (
        <Button
          size="sm"
          icon="arrow-up"
          className="mb-3 !rounded-full"
          onClick={() => void showNewest(client, filters)}
        >
          {t("newer", { count: data.count, shown: shownCount(data, format.number) })}
        </Button>
      )}
    </div>
  );
}

function Nothing({ filters, onChange }: Props) {
  const t = useTranslations("recoveries");
  if (Object.keys(filters).length > 0) {
    return (
      <EmptyState
        icon="search"
        title={t("empty.narrowed")}
        action={<Button onClick={() => onChange({})}>{t("filters.clear")}</Button>}
      >
        {t(filters.q === undefined ? "empty.narrowedText" : "empty.searchText")}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="inbox"
      title={t("empty.title")}
      action={
        <LinkButton look="primary" to="/onboarding">
          {t("empty.act")}
        </LinkButton>
      }
    >
      {t("empty.text")}
    </EmptyState>
  );
}

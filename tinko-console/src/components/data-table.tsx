import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { cx } from "@/lib/cx";

import { Button } from "./button";
import { CheckboxBox } from "./choice";
import { ErrorState, Skeleton } from "./states";
import { InRowsContext } from "./tooltip";

export type Column<Row> = {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  align?: "right";
  /** The header is only read aloud (a column of acts). */
  hideHeader?: boolean;
  /** Left out on phones, where rows are cards. */
  desktopOnly?: boolean;
};

export type Selection = { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };

type Rows<Row> = {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** What the row is called when it is selected. */
  rowLabel?: ((row: Row) => string) | undefined;
  selection?: Selection | undefined;
};

export type DataTableProps<Row> = Omit<Rows<Row>, "rows"> & {
  /** Says what the table holds, for who does not see it. */
  caption: string;
  rows: readonly Row[] | undefined;
  error?: Error | null;
  onRetry?: () => void;
  empty: ReactNode;
  more?: { has: boolean; loading: boolean; load: () => void } | undefined;
};

const toggled = (ids: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> => {
  const next = new Set(ids);
  if (on) next.add(id);
  else next.delete(id);
  return next;
};

/**
 * A list: loading, failed, empty, or rows; cards on phones. The first column should hold the row's link
 * (`className="after:absolute after:inset-0"` makes the whole row go there).
 */
export function DataTable<Row>({ caption, rows, error, onRetry, empty, more, ...rest }: DataTableProps<Row>) {
  const t = useTranslations("common");
  if (rows === undefined) {
    if (error) return <ErrorState error={error} {...(onRetry ? { onRetry } : {})} />;
    return <LoadingRows columns={rest.columns.length} />;
  }
  if (rows.length === 0) return empty;
  return (
    <>
      <table className="w-full border-collapse text-sm max-md:block">
        <caption className="sr-only">{caption}</caption>
        <Head rows={rows} {...rest} />
        <tbody className="max-md:block">
          <InRowsContext value>
            {rows.map((row) => (
              <BodyRow key={rest.rowId(row)} row={row} rows={rows} {...rest} />
            ))}
          </InRowsContext>
        </tbody>
      </table>
      {more?.has && (
        <div className="flex justify-center border-t border-line p-3">
          <Button look="ghost" busy={more.loading} onClick={more.load}>
            {t("actions.more")}
          </Button>
        </div>
      )}
    </>
  );
}

function Head<Row>({ columns, rows, rowId, selection }: Rows<Row>) {
  const t = useTranslations("common");
  const chosen = rows.filter((row) => selection?.ids.has(rowId(row))).length;
  return (
    <thead className="max-md:sr-only">
      <tr className="border-b border-line">
        {selection && (
          <th scope="col" className="w-11 py-2.5 pl-5 text-left">
            <CheckboxBox
              label={t("table.selectAll")}
              checked={chosen === 0 ? false : chosen === rows.length ? true : "indeterminate"}
              onChange={(on) => selection.onChange(new Set(on ? rows.map(rowId) : []))}
            />
          </th>
        )}
        {columns.map((column) => (
          <th
            key={column.key}
            scope="col"
            className={cx(
              "px-3 py-2.5 text-xs font-medium whitespace-nowrap text-ink-faint first:pl-5 last:pr-5",
              column.align === "right" ? "text-right" : "text-left",
            )}
          >
            {column.hideHeader ? <span className="sr-only">{column.header}</span> : column.header}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function BodyRow<Row>({ row, columns, rowId, rowLabel, selection }: Rows<Row> & { row: Row }) {
  const t = useTranslations("common");
  const id = rowId(row);
  const selected = selection?.ids.has(id) ?? false;
  return (
    <tr
      className={cx(
        "relative border-b border-line last:border-0 hover:bg-hover/60",
        "max-md:flex max-md:flex-col max-md:gap-1.5 max-md:px-4 max-md:py-3.5",
        selected && "bg-accent-tint/60",
      )}
    >
      {selection && (
        <td className="w-11 py-3 pl-5 max-md:absolute max-md:top-3 max-md:right-3 max-md:z-10 max-md:p-0">
          <div className="relative z-10">
            <CheckboxBox
              label={t("table.select", { name: rowLabel?.(row) ?? id })}
              checked={selected}
              onChange={(on) => selection.onChange(toggled(selection.ids, id, on))}
            />
          </div>
        </td>
      )}
      {columns.map((column, index) => (
        <td
          key={column.key}
          className={cx(
            "px-3 py-3 align-middle first:pl-5 last:pr-5 max-md:!p-0",
            column.align === "right" && "text-right max-md:text-left",
            column.desktopOnly && "max-md:!hidden",
            index > 0 && "max-md:flex max-md:items-baseline max-md:justify-between max-md:gap-4",
          )}
        >
          {index > 0 && !column.hideHeader && (
            <span className="text-xs text-ink-faint md:hidden" aria-hidden="true">
              {column.header}
            </span>
          )}
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function LoadingRows({ columns }: { columns: number }) {
  const t = useTranslations("common");
  return (
    <div aria-busy="true" className="flex flex-col">
      <span role="status" className="sr-only">
        {t("states.loading")}
      </span>
      {Array.from({ length: 6 }, (_, row) => (
        <div key={row} className="flex gap-6 border-b border-line px-5 py-4 last:border-0">
          {Array.from({ length: Math.min(columns, 4) }, (__, column) => (
            <Skeleton key={column} className={column === 0 ? "flex-2" : "flex-1"} />
          ))}
        </div>
      ))}
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";

import { Button, Dialog } from "@/components";
import { buttonClass } from "@/components/button";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { exportUrl, type Filters } from "./filters";
import { countQuery } from "./queries";

const MOST = 100_000;

/** Says what the file will hold, and hands it over. */
export function ExportDialog({
  open,
  onClose,
  filters,
}: {
  open: boolean;
  onClose: () => void;
  filters: Filters;
}) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const format = useFormat();
  const can = useCan();
  const { data: count } = useQuery({ ...countQuery(filters), enabled: open });
  const narrowed = Object.keys(filters).length > 0;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t("export.title")}
      footer={
        <>
          <Button onClick={onClose}>{common("actions.cancel")}</Button>
          <a
            href={exportUrl(filters)}
            download="recoveries.csv"
            onClick={onClose}
            className={buttonClass({ look: "primary" })}
          >
            {t("export.download")}
          </a>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-sm text-ink-soft">
        <p className="text-base font-medium text-ink">
          {count === undefined
            ? t("export.some")
            : t("export.rows", { count: count.count, shown: shownCount(count, format.number) })}
        </p>
        <p>{t(narrowed ? "export.narrowed" : "export.all")}</p>
        <p>{t(can("contacts:read") ? "export.contacts" : "export.noContacts")}</p>
        <p>{t("export.bound", { most: format.number(MOST) })}</p>
      </div>
    </Dialog>
  );
}

/** "600", or "10,000+" where nobody counted on. */
export const shownCount = (
  { count, exact }: { count: number; exact: boolean },
  number: (value: number) => string,
): string => `${number(count)}${exact ? "" : "+"}`;

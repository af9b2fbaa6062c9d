import { CopyButton, DateTime, Drawer, Fact, Facts } from "@/components";
import { cx } from "@/lib/cx";
import { useTranslations } from "@/lib/i18n";

import { areaOf, changesOf, type Change } from "./audit";
import type { AuditEntry } from "./queries";

/** One deed: who, when, to what, and what it changed. */
export function AuditDrawer({
  entry,
  who,
  onClose,
}: {
  entry: AuditEntry;
  who: string;
  onClose: () => void;
}) {
  const t = useTranslations("settings");
  const area = areaOf(entry.action);
  const changes = changesOf(entry.before, entry.after);
  return (
    <Drawer
      open
      onOpenChange={onClose}
      title={area ? t(`audit.areas.${area}`) : entry.action}
      description={<span className="font-mono text-xs">{entry.action}</span>}
    >
      <div className="flex flex-col gap-5">
        <Facts>
          <Fact label={t("audit.who")}>
            <span className="break-all">{who}</span>
          </Fact>
          <Fact label={t("audit.at")}>
            <DateTime machine absolute at={entry.at} />
          </Fact>
          <Fact label={t("audit.subject")}>
            <code className="font-mono text-xs break-all">{entry.subject}</code>
            <CopyButton text={entry.subject} />
          </Fact>
          {entry.request_id && (
            <Fact label={t("audit.request")}>
              <code className="font-mono text-xs break-all">{entry.request_id}</code>
              <CopyButton text={entry.request_id} />
            </Fact>
          )}
        </Facts>
        <section className="flex flex-col gap-2">
          <h3 className="text-sm font-semibold">{t("audit.changes")}</h3>
          {changes.length === 0 ? (
            <p className="text-sm text-ink-soft">{t("audit.noChanges")}</p>
          ) : (
            <ul className="flex flex-col divide-y divide-line rounded-control border border-line">
              {changes.map((change) => (
                <ChangeRow key={change.name} change={change} />
              ))}
            </ul>
          )}
        </section>
      </div>
    </Drawer>
  );
}

function ChangeRow({ change }: { change: Change }) {
  const t = useTranslations("settings");
  const { name, before, after, kind } = change;
  return (
    <li className="flex flex-col gap-1 px-3 py-2.5 text-sm">
      <p className="flex items-baseline justify-between gap-3">
        <span className="font-medium">{name.replaceAll("_", " ")}</span>
        <span className="text-xs text-ink-faint">{t(`audit.${kind}`)}</span>
      </p>
      {(kind === "changed" || kind === "removed") && <Value sign="−" value={before} struck />}
      {kind !== "removed" && <Value sign={kind === "same" ? "" : "+"} value={after} />}
    </li>
  );
}

function Value({ sign, value, struck = false }: { sign: string; value: unknown; struck?: boolean }) {
  const t = useTranslations("settings");
  const plain = value === null || value === undefined || value === "";
  const text = plain
    ? t("audit.nothing")
    : typeof value === "string"
      ? value
      : JSON.stringify(value, null, 1);
  return (
    <p className={cx("flex gap-2 text-xs", struck ? "text-bad-text" : sign && "text-good-text")}>
      {sign && <span aria-hidden="true">{sign}</span>}
      {struck ? (
        <del className="break-all whitespace-pre-wrap">{text}</del>
      ) : (
        <span className="break-all whitespace-pre-wrap">{text}</span>
      )}
    </p>
  );
}

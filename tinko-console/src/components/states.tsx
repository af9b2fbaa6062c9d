import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { ProblemError, UnreachableError } from "@/lib/api";
import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";

import { Button } from "./button";
import { Icon, type IconName } from "./icon";

/** What went wrong, in a sentence: in the reader's language where we know it, else the API's own. */
export function useProblemText(): (error: Error, otherwise?: string) => string {
  const t = useTranslations("common");
  const format = useFormat();
  return (error, otherwise) => {
    if (error instanceof UnreachableError) return t("errors.unreachable");
    if (!(error instanceof ProblemError)) return t("errors.unexpected");
    if (error.status === 429) {
      return t("errors.tooOften", { wait: format.duration(error.retryAfter ?? 30) });
    }
    const key = `problems.${error.code}` as "problems.invalid_credentials";
    return t.has(key) ? t(key) : (otherwise ?? error.detail);
  };
}

function RequestId({ error }: { error: Error }) {
  const t = useTranslations("common");
  if (!(error instanceof ProblemError) || error.requestId === null) return null;
  return (
    <p className="text-xs text-ink-faint">
      {t("errors.requestId")} <code className="font-mono select-all">{error.requestId}</code>
    </p>
  );
}

/** An error beside what caused it, in a form or a dialog. */
export function ProblemNote({ error }: { error: Error }) {
  const text = useProblemText();
  return (
    <div role="alert" className="flex gap-2.5 rounded-control bg-bad-tint p-3 text-sm text-bad-text">
      <Icon name="alert" size={17} className="mt-0.5" />
      <div className="min-w-0">
        <p>{text(error)}</p>
        <RequestId error={error} />
      </div>
    </div>
  );
}

/** A page or list that could not be shown. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const t = useTranslations("common");
  const text = useProblemText();
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <span className="grid size-11 place-items-center rounded-full bg-bad-tint text-bad-text">
        <Icon name="alert" size={22} />
      </span>
      <div>
        <p className="font-medium">{t("errors.title")}</p>
        <p className="mt-1 max-w-md text-sm text-ink-soft">{text(error)}</p>
      </div>
      <RequestId error={error} />
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          {t("actions.retry")}
        </Button>
      )}
    </div>
  );
}

/** Nothing here yet: why, and what to do next. */
export function EmptyState({
  icon = "inbox",
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <span className="grid size-11 place-items-center rounded-full bg-sunken text-ink-soft">
        <Icon name={icon} size={22} />
      </span>
      <div>
        <p className="font-medium">{title}</p>
        {children && <div className="mt-1 max-w-md text-sm text-ink-soft">{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** A grey shape where something will be. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cx("h-4 animate-shimmer rounded-md bg-line/70", className)} />;
}

/** A page while it loads: a heading, tiles and a table. */
export function PageSkeleton() {
  const t = useTranslations("common");
  return (
    <div aria-busy="true">
      <span className="sr-only" role="status">
        {t("states.loading")}
      </span>
      <Skeleton className="h-7 w-48" />
      <Skeleton className="mt-3 w-72 max-w-full" />
      <Skeleton className="mt-8 h-28 rounded-card" />
      <Skeleton className="mt-4 h-64 rounded-card" />
    </div>
  );
}

import { useRouter } from "@tanstack/react-router";

import { Card, EmptyState, ErrorState, LinkButton, PageHeader } from "@/components";
import { useTranslations } from "@/lib/i18n";

/** A page that failed while it was drawn or loaded. */
export function BrokenPage({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="mx-auto max-w-3xl p-6">
      <Card flush>
        <ErrorState error={error instanceof Error ? error : new Error()} onRetry={retry} />
      </Card>
    </div>
  );
}

/** An address that leads nowhere. */
export function MissingPage() {
  const t = useTranslations("common");
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-3xl p-6">
      <PageHeader title={t("missing.title")} />
      <Card flush>
        <EmptyState
          icon="search"
          title={t("missing.text")}
          action={
            <LinkButton to="/" look="primary">
              {t("missing.home")}
            </LinkButton>
          }
        />
      </Card>
    </main>
  );
}

/** A page that the role may not see. */
export function NotPermitted({ role }: { role: string }) {
  const t = useTranslations("common");
  return (
    <>
      <PageHeader title={t("forbidden.title")} />
      <Card flush>
        <EmptyState icon="shield" title={t("forbidden.text", { role })}>
          {t("forbidden.hint")}
        </EmptyState>
      </Card>
    </>
  );
}

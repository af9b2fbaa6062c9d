import { Banner, Button } from "@/components";
import { connection, probeNow } from "@/lib/connection";
import { useTranslations } from "@/lib/i18n";
import { useStore } from "@/lib/store";

/** Says calmly that Tinko does not answer, and that it is back. */
export function ConnectionBanner() {
  const t = useTranslations("common");
  const state = useStore(connection);
  return (
    <div role="status" aria-live="polite" className="sticky top-0 z-30">
      {state === "down" && (
        <Banner
          square
          tone="warn"
          action={
            <Button size="sm" onClick={probeNow}>
              {t("connection.now")}
            </Button>
          }
        >
          {t("connection.down")}
        </Banner>
      )}
      {state === "back" && (
        <Banner square tone="good">
          {t("connection.back")}
        </Banner>
      )}
    </div>
  );
}

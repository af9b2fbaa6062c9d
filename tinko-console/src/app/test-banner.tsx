import { Icon, TextLink } from "@/components";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import { useSwitch } from "./org-switcher";

/** Says that nothing here moves real money, what its clock shows, and the way to live. */
export function TestBanner() {
  const t = useTranslations("common");
  const format = useFormat();
  const now = useNow();
  const change = useSwitch();
  const { organization, organizations } = useMe();
  if (organization.mode !== "test") return null;
  const live = organizations.find((each) => each.pair_id === organization.pair_id && each.mode === "live");
  const moved = organization.clock_offset_seconds > 0;
  return (
    <section
      aria-label={t("shell.testMode")}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-warn/30 bg-warn-tint px-4 py-2 text-sm text-warn-text md:px-8"
    >
      <Icon name="flask" size={16} />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">{t("shell.testMode")}</strong> {t("shell.testText")}
      </p>
      {moved && (
        <TextLink to="/settings/test-clock" className="!text-warn-text underline">
          {t("shell.clock", { time: format.dateTime(now) })}
        </TextLink>
      )}
      {live && (
        <button
          type="button"
          className="min-h-6 font-medium underline underline-offset-3"
          onClick={() => change(live.id)}
        >
          {t("shell.toLive")}
        </button>
      )}
    </section>
  );
}

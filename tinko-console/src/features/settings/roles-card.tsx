import { Card } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { ROLES } from "./roles";

/** What each role may do, in words. */
export function RolesCard() {
  const t = useTranslations("settings");
  const common = useTranslations("common");
  return (
    <Card title={t("roles.title")} description={t("roles.text")}>
      <dl className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {ROLES.map((role) => (
          <div key={role}>
            <dt className="text-sm font-medium capitalize">{common(`roles.${role}`)}</dt>
            <dd className="mt-0.5 text-sm text-ink-soft">{t(`roles.${role}`)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

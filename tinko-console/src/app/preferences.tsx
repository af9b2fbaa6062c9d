import { Button, Menu, MenuChoice } from "@/components";
import { LANGUAGE_NAMES, LOCALES, setLocale, useLocale, useTranslations } from "@/lib/i18n";
import { setTheme, useTheme } from "@/lib/theme";

/** The languages, each by its own name. */
export function LanguageChoice() {
  const t = useTranslations("common");
  return (
    <MenuChoice
      label={t("preferences.language")}
      value={useLocale()}
      options={LOCALES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> }))}
      onChange={(locale) => void setLocale(locale)}
    />
  );
}

/** Light, dark, or as the system does. */
export function ThemeChoice() {
  const t = useTranslations("common");
  return (
    <MenuChoice
      label={t("preferences.theme")}
      value={useTheme()}
      options={[
        { value: "system", label: t("preferences.system") },
        { value: "light", label: t("preferences.light") },
        { value: "dark", label: t("preferences.dark") },
      ]}
      onChange={setTheme}
    />
  );
}

/** The language, where nobody is signed in yet. */
export function LanguageMenu() {
  const locale = useLocale();
  return (
    <Menu
      trigger={
        <Button look="ghost" size="sm" icon="globe">
          {LANGUAGE_NAMES[locale]}
        </Button>
      }
    >
      <LanguageChoice />
    </Menu>
  );
}

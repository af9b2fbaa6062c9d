export { LANGUAGE_NAMES, LOCALES, needMessages, setLocale, useLoadedMessages, type Locale } from "./messages";
export type { Messages, Namespace } from "./types";
export { useLocale, useTranslations } from "use-intl";

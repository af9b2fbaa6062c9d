import type auth from "@/locales/en/auth.json";
import type common from "@/locales/en/common.json";
import type dashboard from "@/locales/en/dashboard.json";
import type developers from "@/locales/en/developers.json";
import type onboarding from "@/locales/en/onboarding.json";
import type policies from "@/locales/en/policies.json";
import type recoveries from "@/locales/en/recoveries.json";
import type rules from "@/locales/en/rules.json";
import type settings from "@/locales/en/settings.json";
import type templates from "@/locales/en/templates.json";

import type { Locale } from "./messages";

/** All words, by feature; the English files are the type of the others. */
export type Messages = {
  auth: typeof auth;
  common: typeof common;
  dashboard: typeof dashboard;
  developers: typeof developers;
  onboarding: typeof onboarding;
  policies: typeof policies;
  recoveries: typeof recoveries;
  rules: typeof rules;
  settings: typeof settings;
  templates: typeof templates;
};

export type Namespace = keyof Messages;

declare module "use-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

import { createRoute } from "@tanstack/react-router";

import { lazyPage, shellRoute } from "@/lib/routes";
import { oneOf, type Search } from "@/lib/search";

import { LANGUAGES, type Language } from "./places";

const templatesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/templates",
  staticData: { permission: "templates:read" },
  component: lazyPage("templates", () => import("./templates-page"), "TemplatesPage"),
});

const language = (search: Search): { language?: Language } => {
  const chosen = oneOf(search.language, LANGUAGES);
  return chosen === undefined ? {} : { language: chosen };
};

const templateRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/templates/$id",
  validateSearch: language,
  staticData: { permission: "templates:read", wide: true },
  component: lazyPage("templates", () => import("./template-page"), "TemplatePage"),
});

/** The pages of this feature. */
export const templatesRoutes = [templatesRoute, templateRoute] as const;

import { queryOptions } from "@tanstack/react-query";

import { api, call, dataOf, type Schemas } from "@/lib/api";

import type { Language, Place } from "./places";

export type Template = Schemas["TemplateView"];
export type Usual = Schemas["UsualTexts"];
export type Preview = Schemas["Preview"];

/** What a text says: its sources. */
export type Words = { subject: string; text: string; html: string | null };

const MOST = 100;
const ROOT = "/v1/templates";

export const templatesQuery = queryOptions({
  queryKey: ["templates", "list"],
  queryFn: ({ signal }) => dataOf(api.GET(ROOT, { params: { query: { limit: MOST } }, signal })),
});

export const templateQuery = (id: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["templates", id],
    enabled,
    queryFn: ({ signal }) =>
      dataOf(api.GET(`${ROOT}/{template_id}`, { params: { path: { template_id: id } }, signal })),
  });

export const usualQuery = (place: Place) =>
  queryOptions({
    queryKey: ["templates", "usual", place],
    staleTime: Infinity,
    queryFn: ({ signal }) => dataOf(api.GET(`${ROOT}/usual`, { params: { query: place }, signal })),
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["templates", id, "versions"],
    queryFn: ({ signal }) =>
      dataOf(api.GET(`${ROOT}/{template_id}/versions`, { params: { path: { template_id: id } }, signal })),
  });

const bodyOf = (place: Place, locale: Language, words: Words) => ({
  ...place,
  locale,
  subject: words.subject,
  text: words.text,
  ...(words.html === null ? {} : { html: words.html }),
});

export const previewQuery = (place: Place, locale: Language, words: Words) =>
  queryOptions({
    queryKey: ["template-preview", place, locale, words],
    enabled: words.subject.trim() !== "" && words.text.trim() !== "",
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      call<Preview>("POST", `${ROOT}/preview`, { body: bodyOf(place, locale, words), signal }),
  });

/** Saves a text: the first one makes the template, later ones its next version. */
export const saveWords = (id: string | null, place: Place, locale: Language, words: Words) =>
  id === null
    ? call<Template>("POST", ROOT, { body: bodyOf(place, locale, words) })
    : call<Template>("PATCH", `${ROOT}/${id}`, { body: words });

export const resetWords = (id: string) => call("DELETE", `${ROOT}/${id}`);

export const sendTest = (place: Place, locale: Language, words: Words, to: string) =>
  call<Schemas["TestSent"]>("POST", `${ROOT}/test`, { body: { ...bodyOf(place, locale, words), to } });

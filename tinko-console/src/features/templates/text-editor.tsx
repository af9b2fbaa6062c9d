import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { BackLink, Badge, Button, Card, ConfirmDialog, Form, PageHeader, toast } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan } from "@/lib/session";

import { LANGUAGES, type Language, type Place } from "./places";
import { PreviewCard } from "./preview-card";
import { resetWords, saveWords, type Template, type Usual, type Words } from "./queries";
import { TestDialog } from "./test-dialog";
import { VersionsDialog } from "./versions-dialog";
import { WordsFields } from "./words-fields";

type Props = {
  place: Place;
  language: Language;
  own: readonly Template[];
  usual: Usual;
  onLanguage: (language: Language) => void;
};
type Asked = "reset" | "test" | "versions" | null;

const same = (a: Words, b: Words) => a.subject === b.subject && a.text === b.text && a.html === b.html;

/** Writes one text in each language, with what payers will see beside it. */
export function TextEditor({ place, language, own, usual, onLanguage }: Props) {
  const t = useTranslations("templates");
  const may = useCan()("templates:write");
  const client = useQueryClient();
  // What is typed in one language stays while another is looked at.
  const [typed, setTyped] = useState<Partial<Record<Language, Words>>>({});
  const [asked, setAsked] = useState<Asked>(null);

  const templateIn = (locale: Language) => own.find((each) => each.locale === locale);
  const savedIn = (locale: Language): Words => {
    const template = templateIn(locale);
    if (template) return { subject: template.subject, text: template.text, html: template.html };
    const ours = usual.items.find((each) => each.locale === locale);
    return { subject: ours?.subject ?? "", text: ours?.text ?? "", html: null };
  };
  const template = templateIn(language);
  const words = typed[language] ?? savedIn(language);
  const unsavedIn = (locale: Language) => {
    const mine = typed[locale];
    return mine !== undefined && !same(mine, savedIn(locale));
  };
  const unsaved = unsavedIn(language);
  const anyUnsaved = LANGUAGES.some(unsavedIn);
  useWarning(anyUnsaved);

  const forget = () =>
    setTyped((before) => Object.fromEntries(Object.entries(before).filter(([key]) => key !== language)));
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: ["templates"] });
    forget();
  };
  const save = async () => {
    const saved = await saveWords(template?.id ?? null, place, language, words);
    await refresh();
    toast(t("editor.saved", { version: saved.version }));
  };
  return (
    <>
      <PageHeader
        back={<BackLink to="/templates">{t("title")}</BackLink>}
        title={t("editor.title", {
          event: t(`events.${place.event}`),
          channel: t(`channels.${place.channel}`),
        })}
        description={t(`when.${place.event}`)}
        badges={
          template ? (
            <Badge tone="accent" icon="pencil">
              {t("editor.own", { version: template.version })}
            </Badge>
          ) : (
            <Badge>{t("editor.usual")}</Badge>
          )
        }
        actions={
          <>
            {template && <Button onClick={() => setAsked("versions")}>{t("editor.versions")}</Button>}
            {template && (
              <Button disabled={!may} onClick={() => setAsked("reset")}>
                {t("editor.reset")}
              </Button>
            )}
            <Button icon="mail" disabled={!may} onClick={() => setAsked("test")}>
              {t("editor.test")}
            </Button>
          </>
        }
      />
      {!may && <p className="-mt-3 mb-5 text-sm text-ink-soft">{t("readOnly")}</p>}
      <Languages
        language={language}
        onLanguage={onLanguage}
        unsavedIn={unsavedIn}
        ownIn={(each) => templateIn(each) !== undefined}
      />
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
        <Card>
          <Form fields={["subject", "text", "html"]} onSubmit={save}>
            {({ of, busy, note }) => (
              <>
                {note}
                <WordsFields
                  key={language}
                  place={place}
                  language={language}
                  usual={usual}
                  words={words}
                  of={of}
                  disabled={!may}
                  onChange={(next) => setTyped({ ...typed, [language]: next })}
                />
                <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line pt-4">
                  <span role="status" className="mr-auto text-sm text-ink-soft">
                    {unsaved ? t("editor.unsaved") : t("editor.noChanges")}
                  </span>
                  {unsaved && <Button onClick={forget}>{t("editor.undo")}</Button>}
                  <Button type="submit" look="primary" busy={busy} disabled={!may || !unsaved}>
                    {t("editor.save")}
                  </Button>
                </div>
              </>
            )}
          </Form>
        </Card>
        <div className="xl:sticky xl:top-4">
          <PreviewCard place={place} language={language} words={words} />
        </div>
      </div>
      {template && (
        <ConfirmDialog
          open={asked === "reset"}
          onOpenChange={(open) => !open && setAsked(null)}
          title={t("reset.title")}
          confirm={t("reset.confirm")}
          onConfirm={async () => {
            await resetWords(template.id);
            await refresh();
            toast(t("reset.done"));
          }}
        >
          <p>{t("reset.text", { language: t(`languages.${language}`), version: template.version })}</p>
        </ConfirmDialog>
      )}
      {asked === "test" && (
        <TestDialog place={place} language={language} words={words} onClose={() => setAsked(null)} />
      )}
      {asked === "versions" && template && (
        <VersionsDialog
          template={template}
          may={may}
          onTake={(old) => {
            setTyped({ ...typed, [language]: old });
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

/** Asks before the tab is closed over what is not saved. */
function useWarning(unsaved: boolean) {
  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [unsaved]);
}

function Languages({
  language,
  onLanguage,
  unsavedIn,
  ownIn,
}: {
  language: Language;
  onLanguage: (language: Language) => void;
  unsavedIn: (language: Language) => boolean;
  ownIn: (language: Language) => boolean;
}) {
  const t = useTranslations("templates");
  return (
    <div role="group" aria-label={t("editor.languages")} className="mb-5 flex flex-wrap gap-2">
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === language}
          onClick={() => onLanguage(each)}
          className="flex min-h-9 items-center gap-2 rounded-full border border-line bg-surface px-3.5 text-sm font-medium text-ink-soft hover:text-ink aria-pressed:border-accent-text aria-pressed:bg-accent-tint aria-pressed:text-accent-text"
        >
          {t(`languages.${each}`)}
          {(unsavedIn(each) || ownIn(each)) && (
            <span className="text-xs font-normal">
              {t(unsavedIn(each) ? "editor.unsavedShort" : "editor.ownShort")}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

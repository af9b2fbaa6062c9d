import { useRef, type RefObject } from "react";

import { Field, Icon, Input, Switch, Textarea } from "@/components";
import { cx } from "@/lib/cx";
import { useTranslations } from "@/lib/i18n";

import type { Language, Place } from "./places";
import type { Usual, Words } from "./queries";

const KNOWN = [
  "amount",
  "card",
  "card_expires",
  "code",
  "expires_at",
  "items",
  "link_url",
  "merchant",
  "payer_name",
  "retry_at",
  "transaction_ref",
  "verify_url",
] as const;
type Known = (typeof KNOWN)[number];
type Box = HTMLInputElement | HTMLTextAreaElement;

const LOOP = "{% for item in items %}{{ item.amount }}: {{ item.link_url }} {% endfor %}";
const START_OF_HTML =
  '<p>{{ merchant }}</p>\n<p><a href="{{ link_url }}">{{ amount }}</a></p>\n<p>{{ code }} {{ verify_url }}</p>';

/** The subject and the text, with buttons for the names that may stand in them. */
export function WordsFields({
  place,
  language,
  usual,
  words,
  of,
  disabled,
  onChange,
}: {
  place: Place;
  language: Language;
  usual: Usual;
  words: Words;
  of: (name: string) => string | undefined;
  disabled: boolean;
  onChange: (words: Words) => void;
}) {
  const t = useTranslations("templates");
  const subject = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const html = useRef<HTMLTextAreaElement>(null);
  const last = useRef<"subject" | "text" | "html">("text");
  const isMail = place.channel === "email";
  const missing = usual.required.filter((name) => !words.text.includes(name));

  const insert = (name: Known) => {
    const field = last.current;
    const boxes: Record<typeof field, RefObject<Box | null>> = { subject, text, html };
    const box = boxes[field].current ?? text.current;
    if (!box) return;
    const source = words[field] ?? "";
    const piece = name === "items" ? LOOP : `{{ ${name} }}`;
    const at = box.selectionStart ?? source.length;
    const end = box.selectionEnd ?? at;
    onChange({ ...words, [field]: source.slice(0, at) + piece + source.slice(end) });
    requestAnimationFrame(() => {
      box.focus();
      box.setSelectionRange(at + piece.length, at + piece.length);
    });
  };
  return (
    <>
      {isMail && (
        <Field label={t("fields.subject")} error={of("subject")} required>
          <Input
            ref={subject}
            lang={language}
            value={words.subject}
            maxLength={300}
            disabled={disabled}
            onFocus={() => (last.current = "subject")}
            onChange={(event) => onChange({ ...words, subject: event.target.value })}
          />
        </Field>
      )}
      <Field label={t("fields.text")} hint={t("fields.textHint")} error={of("text")} required>
        <Textarea
          ref={text}
          lang={language}
          rows={isMail ? 16 : 8}
          className="font-mono !text-[0.8125rem] leading-relaxed"
          value={words.text}
          maxLength={10_000}
          disabled={disabled}
          onFocus={() => (last.current = "text")}
          onChange={(event) => onChange({ ...words, text: event.target.value })}
        />
      </Field>
      <fieldset>
        <legend className="text-xs font-medium text-ink-faint">{t("variables.title")}</legend>
        <div className="mt-2 flex flex-wrap gap-1.5">
          {KNOWN.filter((name) => usual.variables.includes(name)).map((name) => {
            const needed = usual.required.includes(name);
            return (
              <button
                key={name}
                type="button"
                disabled={disabled}
                title={`{{ ${name} }}`}
                onClick={() => insert(name)}
                className={cx(
                  "inline-flex min-h-7 items-center gap-1 rounded-md border px-2 text-xs font-medium hover:bg-hover disabled:opacity-55",
                  missing.includes(name)
                    ? "border-warn-text text-warn-text"
                    : "border-line-strong text-ink-soft",
                )}
              >
                <Icon name={needed && !missing.includes(name) ? "check" : "plus"} size={13} />
                {t(`variables.${name}`)}
              </button>
            );
          })}
        </div>
        <p className={cx("mt-2 text-xs", missing.length > 0 ? "text-warn-text" : "text-ink-faint")}>
          {missing.length > 0
            ? t("variables.missing", {
                names: missing.map((name) => t(`variables.${name as Known}`)).join(", "),
              })
            : t("variables.complete")}
        </p>
      </fieldset>
      {isMail && (
        <>
          <Switch
            label={t("fields.ownHtml")}
            hint={t("fields.ownHtmlHint")}
            disabled={disabled}
            checked={words.html !== null}
            onChange={(on) => onChange({ ...words, html: on ? START_OF_HTML : null })}
          />
          {words.html !== null && (
            <Field label={t("fields.html")} error={of("html")}>
              <Textarea
                ref={html}
                rows={10}
                className="font-mono !text-[0.8125rem] leading-relaxed"
                value={words.html}
                maxLength={10_000}
                disabled={disabled}
                onFocus={() => (last.current = "html")}
                onChange={(event) => onChange({ ...words, html: event.target.value })}
              />
            </Field>
          )}
        </>
      )}
    </>
  );
}

import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { isProblem } from "@/lib/api";

import { ProblemNote, useProblemText } from "./states";

export type FormErrors = {
  /** What is wrong with the field of that name (JSON pointer without its first slash), if anything. */
  of: (name: string) => string | undefined;
  busy: boolean;
  /** The error as a whole, where no shown field explains it. */
  note: ReactNode;
};

/** Splits a refusal into what belongs to the fields that are shown and what does not. */
export function fieldErrors(error: Error | null, fields: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!isProblem(error)) return found;
  for (const { pointer, detail } of error.errors) {
    const name = pointer.replace(/^\//, "");
    const field = fields.find((each) => name === each || name.startsWith(`${each}/`));
    if (field !== undefined && !found.has(field)) found.set(field, detail);
  }
  return found;
}

/** The fields that must be filled in and are not, by the name of their control. */
function emptyFields(form: HTMLFormElement, fields: readonly string[]): string[] {
  const required = form.querySelectorAll<HTMLInputElement>("[aria-required=true]");
  return Array.from(required)
    .filter(({ name, value, type }) => fields.includes(name) && type !== "checkbox" && value.trim() === "")
    .map(({ name }) => name);
}

/**
 * A form whose refusals land at their fields and whose first wrong field gets the focus. What was typed
 * stays whatever happens. `fields` are the names of the fields that show their own error.
 */
export function Form({
  fields,
  onSubmit,
  children,
  className = "flex flex-col gap-4",
}: {
  fields: readonly string[];
  onSubmit: () => Promise<unknown>;
  children: (errors: FormErrors) => ReactNode;
  className?: string;
}) {
  const [error, setError] = useState<Error | null>(null);
  const [empty, setEmpty] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const t = useTranslations("common");
  const text = useProblemText();
  const byField = fieldErrors(error, fields);
  const messageOf = (name: string): string | undefined => {
    if (empty.includes(name)) return t("errors.required");
    // Where one field is all that is wrong, the sentence about the whole says it in the reader's language.
    return error && byField.size === 1 && byField.has(name)
      ? text(error, byField.get(name))
      : byField.get(name);
  };

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const toFirstWrong = () =>
      requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    const missing = emptyFields(form, fields);
    setEmpty(missing);
    setError(null);
    if (missing.length > 0) return void toFirstWrong();
    setBusy(true);
    try {
      await onSubmit();
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
      toFirstWrong();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form noValidate className={className} onSubmit={(event) => void submit(event)}>
      {children({
        of: messageOf,
        busy,
        note: error && byField.size === 0 ? <ProblemNote error={error} /> : null,
      })}
    </form>
  );
}

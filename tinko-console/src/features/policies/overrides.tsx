import { Button, Card, IconButton, Menu, MenuItem } from "@/components";

import { CATEGORIES, type Category } from "@/lib/categories";
import { TIMING_FIELDS, type Mistake, type Terms, type Timing } from "./terms";
import { TimingFields } from "./timing-fields";
import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

/** What of a category's timing is not as in the policy itself. */
function overridesOf(timing: Timing, terms: Terms): Partial<Timing> {
  const own = TIMING_FIELDS.filter((name) => JSON.stringify(timing[name]) !== JSON.stringify(terms[name]));
  return Object.fromEntries(own.map((name) => [name, timing[name]]));
}

/** Where failures of one category are tried at other times than the rest. */
export function Overrides({ editor, disabled }: { editor: Editor; disabled: boolean }) {
  const { terms, change, mistakes } = editor;
  const { t } = usePolicyWords();
  const present = CATEGORIES.filter((category) => terms.by_category[category]);
  const missing = CATEGORIES.filter((category) => !terms.by_category[category]);
  const set = (category: Category, own: Partial<Timing> | null) => {
    const rest = Object.fromEntries(
      Object.entries(terms.by_category).filter(([name]) => name !== category),
    ) as Terms["by_category"];
    change({ by_category: own === null ? rest : { ...rest, [category]: own } });
  };
  return (
    <Card title={t("sections.categories")} description={t("sections.categoriesHint")}>
      <div className="flex flex-col gap-4">
        {present.map((category) => (
          <Override
            key={category}
            category={category}
            terms={terms}
            mistakes={mistakes}
            disabled={disabled}
            onChange={(own) => set(category, own)}
          />
        ))}
        {missing.length > 0 && !disabled && (
          <div>
            <Menu
              align="start"
              trigger={
                <Button size="sm" icon="plus">
                  {t("overrides.add")}
                </Button>
              }
            >
              {missing.map((category) => (
                <MenuItem key={category} onSelect={() => set(category, { max_retries: terms.max_retries })}>
                  {t(`categories.${category}`)}
                </MenuItem>
              ))}
            </Menu>
          </div>
        )}
        {disabled && present.length === 0 && <p className="text-sm text-ink-soft">{t("overrides.none")}</p>}
      </div>
    </Card>
  );
}

function Override({
  category,
  terms,
  mistakes,
  disabled,
  onChange,
}: {
  category: Category;
  terms: Terms;
  mistakes: ReadonlyMap<string, Mistake>;
  disabled: boolean;
  onChange: (own: Partial<Timing> | null) => void;
}) {
  const words = usePolicyWords();
  const { t } = words;
  const timing: Timing = { ...terms, ...terms.by_category[category] };
  const name = t(`categories.${category}`);
  return (
    <details className="group rounded-control border border-line">
      <summary className="flex min-h-11 items-center gap-2 px-3.5 py-2">
        <span className="min-w-0 flex-1">
          <span className="block text-sm font-medium">{name}</span>
          <span className="block text-xs text-ink-soft">{words.sentenceOf({ ...terms, ...timing })}</span>
        </span>
        <span className="text-xs font-medium text-accent-text group-open:hidden">
          {t(disabled ? "overrides.show" : "overrides.change")}
        </span>
      </summary>
      <div className="border-t border-line p-3.5">
        <TimingFields
          timing={timing}
          at={`by_category/${category}/`}
          mistakes={mistakes}
          disabled={disabled}
          onChange={(part) => {
            const own = overridesOf({ ...timing, ...part }, terms);
            // It stays in the list while it says nothing of its own; only the button takes it out.
            onChange(Object.keys(own).length > 0 ? own : { max_retries: terms.max_retries });
          }}
        />
        <div className="mt-3 flex justify-end">
          <IconButton
            icon="trash"
            label={t("overrides.remove", { category: name })}
            disabled={disabled}
            onClick={() => onChange(null)}
          />
        </div>
      </div>
    </details>
  );
}

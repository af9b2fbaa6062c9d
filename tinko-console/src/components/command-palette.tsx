import { useId, useState, type KeyboardEvent } from "react";
import { Dialog as Radix } from "radix-ui";
import { useTranslations } from "use-intl";

import { cx } from "@/lib/cx";

import { useDialogManners } from "./dialog-frames";
import { Icon, type IconName } from "./icon";

export type Command = { id: string; label: string; group: string; icon: IconName; run: () => void };

/** All words of what was typed must be in the label. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter((each) => words.every((word) => each.label.toLowerCase().includes(word)));
}

/** Everything by keyboard: pages, acts, and what `searched` found for the words. */
export function CommandPalette({
  onClose,
  commands,
  typed,
  onType,
  searched,
}: {
  onClose: () => void;
  commands: readonly Command[];
  typed: string;
  onType: (typed: string) => void;
  searched: readonly Command[];
}) {
  const t = useTranslations("common");
  const id = useId();
  const [at, setAt] = useState(0);
  const manners = useDialogManners();
  const found = [...matching(commands, typed), ...searched];
  const current = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      const next = (current + step + found.length) % found.length;
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(found[current]);
    }
  };

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-black/35" />
        <Radix.Content
          {...manners}
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[10dvh] z-50 mx-auto max-w-xl animate-rise overflow-hidden rounded-card border border-line bg-surface shadow-raised"
        >
          <Radix.Title className="sr-only">{t("palette.title")}</Radix.Title>
          <div className="flex items-center gap-3 border-b border-line px-4">
            <Icon name="search" className="text-ink-faint" />
            <input
              role="combobox"
              aria-expanded
              aria-controls={`${id}-list`}
              aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
              aria-label={t("palette.title")}
              placeholder={t("palette.placeholder")}
              value={typed}
              onChange={(event) => {
                onType(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKey}
              className="h-12 w-full bg-transparent text-base outline-none placeholder:text-ink-faint"
            />
          </div>
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label={t("palette.title")}
            className="max-h-[50dvh] overflow-y-auto p-1.5"
          >
            {found.map((command, index) => (
              <div key={command.id} role="presentation">
                {command.group !== found[index - 1]?.group && (
                  <p className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-faint" role="presentation">
                    {command.group}
                  </p>
                )}
                {/* The input keeps the focus and hears the keys. */}
                {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
                <div
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === current}
                  onClick={() => run(command)}
                  onMouseMove={() => setAt(index)}
                  className={cx(
                    "flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 text-sm",
                    index === current && "bg-accent-tint text-accent-text",
                  )}
                >
                  <Icon name={command.icon} size={16} />
                  <span className="min-w-0 truncate">{command.label}</span>
                </div>
              </div>
            ))}
            {found.length === 0 && (
              <p className="px-3 py-8 text-center text-sm text-ink-soft">{t("palette.nothing")}</p>
            )}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

import { Popover as Radix } from "radix-ui";
import { useState, type ReactNode } from "react";

import { Icon, Menu, MenuChoice } from "@/components";
import { cx } from "@/lib/cx";
import { useTranslations } from "@/lib/i18n";

const SHAPE = "inline-flex h-8 shrink-0 items-center text-sm whitespace-nowrap";

type PillProps = {
  name: string;
  /** What is chosen, in words; null if nothing is. */
  chosen: string | null;
  onClear: () => void;
};

/** The pill's look: dashed while it narrows nothing, a chip with its own x once it does. */
function Frame({ name, chosen, onClear, children }: PillProps & { children: ReactNode }) {
  const t = useTranslations("recoveries");
  return (
    <span
      className={cx(
        SHAPE,
        "overflow-hidden rounded-full border",
        chosen === null
          ? "border-dashed border-control/70 text-ink-soft hover:border-control hover:text-ink"
          : "border-line-strong bg-surface text-ink shadow-card",
      )}
    >
      {children}
      {chosen !== null && (
        <button
          type="button"
          aria-label={t("filters.remove", { name })}
          onClick={onClear}
          className="grid h-full w-7 place-items-center rounded-r-full border-l border-line text-ink-faint -outline-offset-2 hover:bg-hover hover:text-ink"
        >
          <Icon name="x" size={13} />
        </button>
      )}
    </span>
  );
}

const opener = (chosen: string | null) =>
  cx(
    SHAPE,
    "gap-1.5 rounded-full -outline-offset-2",
    chosen === null ? "px-2.5" : "rounded-r-none pr-2 pl-3",
  );

function Label({ name, chosen }: { name: string; chosen: string | null }) {
  if (chosen === null) {
    return (
      <>
        <Icon name="plus" size={13} />
        {name}
      </>
    );
  }
  return (
    <>
      <span className="text-ink-faint">{name}</span>
      <span className="max-w-56 truncate font-medium">{chosen}</span>
    </>
  );
}

/** One of some. */
export function ChoicePill<T extends string>({
  value,
  options,
  onChange,
  ...pill
}: PillProps & {
  value: T | undefined;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <Frame {...pill}>
      <Menu
        align="start"
        trigger={
          <button type="button" className={opener(pill.chosen)}>
            <Label {...pill} />
          </button>
        }
      >
        <MenuChoice label={pill.name} value={value ?? ("" as T)} options={options} onChange={onChange} />
      </Menu>
    </Frame>
  );
}

/** Something to fill in; `children` get how to close. */
export function FormPill({ children, ...pill }: PillProps & { children: (close: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Frame {...pill}>
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Trigger className={opener(pill.chosen)}>
          <Label {...pill} />
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            align="start"
            sideOffset={6}
            collisionPadding={8}
            aria-label={pill.name}
            className="z-50 w-[min(20rem,94vw)] animate-rise rounded-card border border-line bg-surface p-4 shadow-raised"
          >
            {children(() => setOpen(false))}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Frame>
  );
}

/** On or off. */
export function TogglePill({
  name,
  on,
  onChange,
}: {
  name: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => onChange(!on)}
      className={cx(
        SHAPE,
        "gap-1.5 rounded-full border px-2.5",
        on
          ? "border-transparent bg-warn-tint font-medium text-warn-text"
          : "border-dashed border-control/70 text-ink-soft hover:border-control hover:text-ink",
      )}
    >
      <Icon name={on ? "x" : "alert"} size={13} />
      {name}
    </button>
  );
}

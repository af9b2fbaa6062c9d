import { createLink } from "@tanstack/react-router";
import {
  createContext,
  isValidElement,
  useContext,
  useId,
  useRef,
  useState,
  type AnchorHTMLAttributes,
  type ReactNode,
  type Ref,
} from "react";

import { cx } from "@/lib/cx";

import { Icon, type IconName } from "./icon";
import { MenuPanel, type OpenedBy } from "./menu-panel";
import { Slot, type SlotChild } from "./slot";

const ITEM = cx(
  "flex min-h-8.5 w-full cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 text-left text-sm text-ink select-none",
  "-outline-offset-2 focus:bg-hover aria-disabled:cursor-not-allowed aria-disabled:text-ink-faint",
);
/** Closes the menu around an item. */
const CloseContext = createContext<() => void>(() => undefined);

/** A list of acts that opens from a button. */
export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}) {
  const id = useId();
  const [opened, setOpened] = useState<OpenedBy | null>(null);
  const anchor = useRef<HTMLElement>(null);
  const close = (refocus: boolean) => {
    if (refocus) anchor.current?.focus();
    setOpened(null);
  };
  if (!isValidElement(trigger)) return trigger;
  const own = (trigger as SlotChild).props;
  const open = (at: HTMLElement, by: OpenedBy) => {
    anchor.current = at;
    setOpened(by);
  };
  return (
    <>
      <Slot
        child={trigger as SlotChild}
        id={own.id ?? `${id}-button`}
        aria-haspopup="menu"
        aria-expanded={opened !== null}
        {...(opened === null ? {} : { "aria-controls": id })}
        onClick={(event) => {
          own.onClick?.(event);
          // A click by keyboard has no detail.
          if (opened === null) open(event.currentTarget, event.detail === 0 ? "first" : "pointer");
          else close(true);
        }}
        onKeyDown={(event) => {
          own.onKeyDown?.(event);
          if (opened !== null || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
          event.preventDefault();
          open(event.currentTarget, event.key === "ArrowUp" ? "last" : "first");
        }}
      />
      {opened !== null && (
        <CloseContext value={() => close(true)}>
          <MenuPanel
            id={id}
            labelledBy={own.id ?? `${id}-button`}
            anchor={anchor}
            by={opened}
            align={align}
            onClose={close}
          >
            {children}
          </MenuPanel>
        </CloseContext>
      )}
    </>
  );
}

/** One act. */
export function MenuItem({
  icon,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: {
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  const close = useContext(CloseContext);
  const select = () => {
    if (disabled) return;
    close();
    onSelect();
  };
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={disabled || undefined}
      onClick={select}
      className={cx(ITEM, danger && !disabled && "!text-bad-text")}
    >
      {icon && <Icon name={icon} size={16} className={danger ? "" : "text-ink-faint"} />}
      {children}
    </button>
  );
}

function PlainMenuLink({
  icon,
  children,
  onClick,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { icon?: IconName; ref?: Ref<HTMLAnchorElement> }) {
  const close = useContext(CloseContext);
  return (
    // The panel around it hears the keys; Enter and Space click.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <a
      {...rest}
      role="menuitem"
      tabIndex={-1}
      onClick={(event) => {
        close();
        onClick?.(event);
      }}
      className={ITEM}
    >
      {icon && <Icon name={icon} size={16} className="text-ink-faint" />}
      {children}
    </a>
  );
}

/** One place to go. */
export const MenuLink = createLink(PlainMenuLink);

/** One of some, the chosen one ticked. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}) {
  const close = useContext(CloseContext);
  return (
    <div role="group" aria-label={label}>
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          tabIndex={-1}
          aria-checked={option.value === value}
          onClick={() => {
            close();
            onChange(option.value);
          }}
          className={ITEM}
        >
          <span className="w-4">
            {option.value === value && <Icon name="check" size={16} className="text-accent-text" />}
          </span>
          <span className="min-w-0 flex-1">{option.label}</span>
        </button>
      ))}
    </div>
  );
}

/** A heading between items. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <div role="presentation" className="px-2 pt-1.5 pb-1 text-xs font-medium text-ink-faint">
      {children}
    </div>
  );
}

/** A line between items. */
export function MenuLine() {
  return <div role="separator" className="my-1 h-px bg-line" />;
}

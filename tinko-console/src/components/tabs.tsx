import { createLink } from "@tanstack/react-router";
import { useId, type AnchorHTMLAttributes, type KeyboardEvent, type ReactNode, type Ref } from "react";

const TAB =
  "inline-flex h-10 items-center gap-2 border-b-2 border-transparent px-1 text-sm font-medium whitespace-nowrap text-ink-soft hover:text-ink";

/** Parts of one page; the chosen one is the caller's state (best in the URL). */
export function Tabs<T extends string>({
  label,
  value,
  onChange,
  tabs,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: ReactNode; content: ReactNode }[];
}) {
  const id = useId();
  const chosen = tabs.find((tab) => tab.value === value);
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const next = tabs.at((steps[event.key] ?? at) % tabs.length);
    if (!(event.key in steps) || next === undefined) return;
    event.preventDefault();
    onChange(next.value);
    document.getElementById(`${id}-${next.value}`)?.focus();
  };
  return (
    <>
      <div role="tablist" aria-label={label} className="mb-5 flex gap-5 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `${id}-panel` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
            onKeyDown={onKey}
            className={`${TAB} -mb-px aria-selected:border-accent-text aria-selected:text-ink`}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} key={value}>
        {chosen?.content}
      </div>
    </>
  );
}

function PlainTabLink(props: AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }) {
  return (
    <a
      {...props}
      className={`${TAB} -mb-px data-[status=active]:border-accent-text data-[status=active]:text-ink`}
    >
      {props.children}
    </a>
  );
}

/** Neighbouring pages as tabs: `<TabNav label><TabLink to="…"/></TabNav>`. */
export const TabLink = createLink(PlainTabLink);

/** Holds TabLinks. */
export function TabNav({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="mb-6 flex gap-5 overflow-x-auto border-b border-line">
      {children}
    </nav>
  );
}

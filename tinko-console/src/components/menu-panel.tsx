import {
  useEffect,
  useLayoutEffect,
  useRef,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";

import { keepPlaced, toTopLayer } from "./place";

/** How a menu was opened: by pointer nothing is chosen yet, by key the first or last item is. */
export type OpenedBy = "pointer" | "first" | "last";

const FORGETS_AFTER = 700;

const itemsOf = (panel: HTMLElement): HTMLElement[] =>
  Array.from(panel.querySelectorAll<HTMLElement>("[role^=menuitem]"));

/** Says whether a menu is open: Escape is the menu's then, not the dialog's around it. */
export const aMenuIsOpen = (): boolean => document.querySelector("[data-menu]") !== null;

function nextIndex(key: string, at: number, count: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at < 0 ? -1 : at - 1,
    Home: 0,
    End: -1,
  };
  const step = steps[key];
  return step === undefined || count === 0 ? undefined : (step + count) % count;
}

/** The items of an open menu, with the keys that one expects of a menu. */
export function MenuPanel({
  id,
  labelledBy,
  anchor,
  by,
  align,
  onClose,
  children,
}: {
  id: string;
  labelledBy: string;
  anchor: RefObject<HTMLElement | null>;
  by: OpenedBy;
  align: "start" | "end";
  onClose: (refocus: boolean) => void;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });

  useLayoutEffect(() => {
    const panel = ref.current;
    if (panel === null || anchor.current === null) return;
    toTopLayer(panel);
    const stop = keepPlaced(panel, anchor.current, { align });
    const items = itemsOf(panel);
    (by === "pointer" ? panel : items.at(by === "first" ? 0 : -1))?.focus({ preventScroll: true });
    return stop;
  }, [anchor, by, align]);

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (ref.current?.contains(target) || anchor.current?.contains(target)) return;
      onClose(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  });

  const byLetter = (key: string, items: HTMLElement[], at: number) => {
    const now = Date.now();
    typed.current = {
      text: (now - typed.current.at < FORGETS_AFTER ? typed.current.text : "") + key,
      at: now,
    };
    const { text } = typed.current;
    // The same letter again goes on to the next; more letters may still mean this one.
    const rest = [...items.slice(at + (text.length > 1 ? 0 : 1)), ...items];
    const start = text.toLowerCase();
    rest.find((item) => item.textContent.trim().toLowerCase().startsWith(start))?.focus();
  };

  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = itemsOf(event.currentTarget);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = nextIndex(event.key, at, items.length);
    if (next !== undefined) {
      event.preventDefault();
      items[next]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      onClose(true);
    } else if (event.key === "Tab") {
      // Tab goes on from the button.
      onClose(true);
    } else if (event.key === " " && items[at] instanceof HTMLAnchorElement) {
      event.preventDefault();
      items[at].click();
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
      byLetter(event.key, items, at);
    }
  };

  return (
    <div
      ref={ref}
      id={id}
      role="menu"
      data-menu=""
      tabIndex={-1}
      aria-labelledby={labelledBy}
      popover="manual"
      onKeyDown={onKey}
      onPointerMove={(event) => {
        const item = (event.target as Element).closest<HTMLElement>("[role^=menuitem]");
        if (item && item !== document.activeElement) item.focus({ preventScroll: true });
      }}
      className="fixed inset-auto z-50 m-0 max-w-[min(22rem,92vw)] min-w-52 animate-rise overflow-y-auto rounded-card border border-line bg-surface p-1 text-ink shadow-raised outline-none"
    >
      {children}
    </div>
  );
}

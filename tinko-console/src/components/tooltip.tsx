import {
  createContext,
  isValidElement,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { createPortal } from "react-dom";

import { keepPlaced, toTopLayer } from "./place";
import { Slot, type SlotChild } from "./slot";

const OPENS_AFTER = 350;
/** The pointer may travel from the words to the tooltip, and a neighbour's opens at once. */
const CLOSES_AFTER = 120;

/** When the last one closed. */
const last = { closedAt: 0 };

/** Within rows, where a stop at every value would be a long way to the next row. */
export const InRowsContext = createContext(false);

/**
 * Words on hover, focus and touch; never the only place where something is said. `focusable` for a child
 * that is no control itself.
 */
export function Tooltip({
  content,
  focusable = false,
  children,
}: {
  content: ReactNode;
  focusable?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  const inRows = useContext(InRowsContext);
  const [anchor, setAnchor] = useState<Element | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const after = (wait: number, run: () => void) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(run, wait);
  };
  const open = (at: Element) => {
    clearTimeout(timer.current);
    setAnchor(at);
  };
  const close = () => {
    clearTimeout(timer.current);
    if (anchor !== null) last.closedAt = Date.now();
    setAnchor(null);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  if (!isValidElement(children)) return children;
  const child = children as SlotChild;
  const own = child.props;
  return (
    <>
      <Slot
        child={child}
        {...(focusable && !inRows ? { tabIndex: 0 } : {})}
        {...(anchor === null ? {} : { "aria-describedby": id })}
        onPointerEnter={(event) => {
          own.onPointerEnter?.(event);
          if (event.pointerType === "touch") return;
          const at = event.currentTarget;
          after(Date.now() - last.closedAt < 300 ? 0 : OPENS_AFTER, () => open(at));
        }}
        onPointerLeave={(event) => {
          own.onPointerLeave?.(event);
          after(CLOSES_AFTER, close);
        }}
        onPointerDown={(event) => {
          own.onPointerDown?.(event);
          // A tap is the only way to these words on a phone.
          if (event.pointerType === "touch" && focusable && anchor === null) open(event.currentTarget);
          else close();
        }}
        onFocus={(event) => {
          own.onFocus?.(event);
          if (event.currentTarget.matches(":focus-visible")) open(event.currentTarget);
        }}
        onBlur={(event) => {
          own.onBlur?.(event);
          close();
        }}
      />
      {anchor !== null &&
        createPortal(
          <Words
            id={id}
            anchor={anchor}
            onHold={() => clearTimeout(timer.current)}
            onLeave={() => after(CLOSES_AFTER, close)}
            onClose={close}
          >
            {content}
          </Words>,
          document.body,
        )}
    </>
  );
}

function Words({
  id,
  anchor,
  onHold,
  onLeave,
  onClose,
  children,
}: {
  id: string;
  anchor: Element;
  onHold: () => void;
  onLeave: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (ref.current === null) return;
    toTopLayer(ref.current);
    return keepPlaced(ref.current, anchor, { side: "top" });
  }, [anchor]);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.key === "Escape") onClose();
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  });
  return (
    <div
      ref={ref}
      id={id}
      role="tooltip"
      popover="manual"
      onPointerEnter={onHold}
      onPointerLeave={onLeave}
      className="pointer-events-auto fixed inset-auto z-60 m-0 max-w-72 animate-fade rounded-control bg-ink px-2.5 py-1.5 text-xs text-canvas shadow-raised"
    >
      {children}
    </div>
  );
}

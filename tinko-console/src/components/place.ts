const EDGE = 8;

export type Placement = {
  side?: "top" | "bottom" | undefined;
  align?: "start" | "center" | "end" | undefined;
  gap?: number;
};

/**
 * Puts a panel (position: fixed) at what it belongs to: at the wished side if there is room, otherwise at
 * the other, never outside the window; no higher than the room it has.
 */
export function place(panel: HTMLElement, anchor: Element, wish: Placement = {}): void {
  const { side = "bottom", align = "center", gap = 6 } = wish;
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const at = anchor.getBoundingClientRect();
  const above = at.top - gap - EDGE;
  const below = height - at.bottom - gap - EDGE;
  panel.style.maxHeight = `${Math.max(above, below, 80)}px`;
  const { offsetWidth, offsetHeight } = panel;
  const [room, otherRoom] = side === "top" ? [above, below] : [below, above];
  const onTop = (side === "top") === (offsetHeight <= room || room >= otherRoom);
  const start = {
    start: at.left,
    center: at.left + (at.width - offsetWidth) / 2,
    end: at.right - offsetWidth,
  }[align];
  panel.style.left = `${Math.round(Math.max(EDGE, Math.min(start, width - offsetWidth - EDGE)))}px`;
  panel.style.top = `${Math.round(onTop ? at.top - gap - offsetHeight : at.bottom + gap)}px`;
}

/** Keeps a panel in its place while anything scrolls or the window changes; returns how to stop. */
export function keepPlaced(panel: HTMLElement, anchor: Element, wish?: Placement): () => void {
  const again = () => place(panel, anchor, wish);
  again();
  window.addEventListener("scroll", again, { capture: true, passive: true });
  window.addEventListener("resize", again);
  return () => {
    window.removeEventListener("scroll", again, { capture: true });
    window.removeEventListener("resize", again);
  };
}

/** Shows it above everything, where browsers can; a dialog's veil and edges do not cut it then. */
export function toTopLayer(panel: HTMLElement): void {
  if (typeof panel.showPopover === "function" && panel.isConnected) panel.showPopover();
}

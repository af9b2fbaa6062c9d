import { useRef, type KeyboardEvent, type MouseEvent } from "react";

import { useShortcut } from "@/lib/hooks";

/** Rows between two, both included, in the order of the list. */
export function between(ids: readonly string[], one: string, other: string): readonly string[] {
  const [a, b] = [ids.indexOf(one), ids.indexOf(other)];
  return a < 0 || b < 0 ? [] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** What a click on one row's box selects; with shift, everything since the last click too. */
export function selectedAfter(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  { ids, anchor, shift }: { ids: readonly string[]; anchor: string | null; shift: boolean },
): { selected: ReadonlySet<string>; anchor: string | null } {
  const changed = ids.filter((id) => before.has(id) !== after.has(id));
  const [clicked] = changed;
  if (changed.length !== 1 || clicked === undefined) return { selected: after, anchor: null };
  if (!shift || anchor === null) return { selected: after, anchor: clicked };
  const on = after.has(clicked);
  const selected = new Set(after);
  for (const id of between(ids, anchor, clicked)) {
    if (on) selected.add(id);
    else selected.delete(id);
  }
  return { selected, anchor: clicked };
}

/** j and k walk through the rows (Enter opens, being links), x selects; shift-click selects a stretch. */
export function useRowKeys(
  ids: readonly string[],
  selected: ReadonlySet<string>,
  onSelect: ((ids: ReadonlySet<string>) => void) | null,
) {
  const box = useRef<HTMLDivElement>(null);
  const shift = useRef(false);
  const anchor = useRef<string | null>(null);

  const step = (by: 1 | -1) => {
    const links = [...(box.current?.querySelectorAll<HTMLElement>("[data-row-link]") ?? [])];
    const row = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row-link]");
    const at = row ? links.indexOf(row) : -1;
    const next = links[at === -1 ? (by === 1 ? 0 : links.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  useShortcut("j", () => step(1));
  useShortcut("k", () => step(-1));

  const change = (after: ReadonlySet<string>) => {
    const result = selectedAfter(selected, after, { ids, anchor: anchor.current, shift: shift.current });
    anchor.current = result.anchor;
    onSelect?.(result.selected);
  };
  useShortcut(
    "x",
    () => {
      const id = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row-link]")
        ?.dataset.rowLink;
      if (id === undefined) return;
      const after = new Set(selected);
      if (!after.delete(id)) after.add(id);
      shift.current = false;
      change(after);
    },
    onSelect !== null,
  );

  const remember = (event: MouseEvent | KeyboardEvent) => {
    shift.current = event.shiftKey;
  };
  return { box, change, listeners: { onClickCapture: remember, onKeyDownCapture: remember } };
}

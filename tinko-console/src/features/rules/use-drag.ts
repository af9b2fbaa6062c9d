import { useRef, useState, type PointerEvent } from "react";

export type Drag = { from: number; to: number; by: number };

/** Drags rows of a list by their grips, with mouse, pen or finger. */
export function useDrag(onDrop: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const rows = useRef(new Map<number, HTMLElement>());
  const begun = useRef({ y: 0, middles: [] as number[] });

  const row = (index: number) => (element: HTMLElement | null) => {
    if (element) rows.current.set(index, element);
    else rows.current.delete(index);
  };
  const grip = (index: number) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const middles = [...rows.current.entries()]
        .sort(([a], [b]) => a - b)
        .map(([, each]) => each.getBoundingClientRect().top + each.offsetHeight / 2);
      begun.current = { y: event.clientY, middles };
      setDrag({ from: index, to: index, by: 0 });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (drag === null) return;
      const by = event.clientY - begun.current.y;
      const { middles } = begun.current;
      const middle = (middles[drag.from] ?? 0) + by;
      const to = middles.filter((each, place) => place !== drag.from && each < middle).length;
      setDrag({ ...drag, by, to });
    },
    onPointerUp: () => {
      if (drag !== null && drag.to !== drag.from) onDrop(drag.from, drag.to);
      setDrag(null);
    },
    onPointerCancel: () => setDrag(null),
  });
  return { drag, row, grip };
}

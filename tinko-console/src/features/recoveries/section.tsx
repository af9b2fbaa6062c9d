import type { ReactNode } from "react";

/** A part of a part, with its heading. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="font-semibold">{title}</h3>
        {text !== undefined && <p className="text-sm text-ink-soft">{text}</p>}
      </div>
      {children}
    </section>
  );
}

/** Says that there is nothing here yet. */
export const Nothing = ({ children }: { children: ReactNode }) => (
  <p className="rounded-control border border-dashed border-line-strong px-4 py-5 text-center text-sm text-ink-soft">
    {children}
  </p>
);

import type { ReactNode } from "react";

/** Names and values, one below the other; holds Fact. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="flex flex-col divide-y divide-line text-sm">{children}</dl>;
}

/** One of them. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 py-1.5">
      <dt className="min-w-24 break-words text-ink-soft">{label}</dt>
      <dd className="flex max-w-full min-w-0 items-center gap-1 text-right">{children}</dd>
    </div>
  );
}

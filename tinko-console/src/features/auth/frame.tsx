import type { ReactNode } from "react";

import { PageHeader } from "@/components";

/** A page before the sign-in: what it is, its form, and where else one may want to go. */
export function Frame({
  title,
  description,
  children,
  below,
}: {
  title: string;
  description?: ReactNode;
  children: ReactNode;
  below?: ReactNode;
}) {
  return (
    <>
      <PageHeader title={title} description={description} />
      {children}
      {below && <p className="mt-6 text-sm text-ink-soft">{below}</p>}
    </>
  );
}

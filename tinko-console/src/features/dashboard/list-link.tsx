import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { cx } from "@/lib/cx";

import { listSearch, type Behind } from "./figures";
import type { Asked } from "./queries";

/** A number that leads to the recoveries behind it. */
export function ListLink({
  asked,
  behind,
  className,
  children,
}: {
  asked: Asked;
  behind?: Behind;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Link
      to="/recoveries"
      // The list's own search parameters; this feature does not know that one's type.
      search={listSearch(asked, behind) as never}
      className={cx("underline-offset-3 hover:underline", className)}
    >
      {children}
    </Link>
  );
}

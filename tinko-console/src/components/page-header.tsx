import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode, Ref } from "react";

import { cx } from "@/lib/cx";
import { useDocumentTitle } from "@/lib/hooks";

import { Icon } from "./icon";

/** The page's one h1 (focus comes here after navigation), what it is for, and its acts. */
export function PageHeader({
  title,
  description,
  actions,
  back,
  badges,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  back?: ReactNode;
  badges?: ReactNode;
}) {
  useDocumentTitle(title);
  return (
    <header className="mb-6">
      {back}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1
              tabIndex={-1}
              data-page-heading
              className="text-2xl font-semibold tracking-tight text-balance"
            >
              {title}
            </h1>
            {badges}
          </div>
          {description && <p className="mt-1 max-w-2xl text-sm text-ink-soft">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
    </header>
  );
}

function PlainBackLink({
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }) {
  return (
    <a {...rest} className="mb-2 inline-flex min-h-6 items-center gap-1 text-sm text-ink-soft hover:text-ink">
      <Icon name="chevron-left" size={15} />
      {children}
    </a>
  );
}

/** The way up, above a heading. */
export const BackLink = createLink(PlainBackLink);

function PlainTextLink({
  className,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }) {
  return (
    <a {...rest} className={cx("font-medium text-accent-text underline-offset-3 hover:underline", className)}>
      {children}
    </a>
  );
}

/** A link within words. */
export const TextLink = createLink(PlainTextLink);

/** Filters and acts above a list; wraps on phones. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className="mb-4 flex flex-wrap items-center gap-2">{children}</div>;
}

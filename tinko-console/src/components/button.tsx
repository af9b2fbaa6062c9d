import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, Ref } from "react";

import { cx } from "@/lib/cx";

import { Icon, type IconName } from "./icon";
import { Tooltip } from "./tooltip";

export type Look = "primary" | "secondary" | "ghost" | "danger";
type Shape = {
  look?: Look | undefined;
  size?: "sm" | "md" | undefined;
  icon?: IconName | undefined;
  wide?: boolean | undefined;
};

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-accent-ink hover:bg-accent-strong shadow-card",
  secondary: "bg-surface text-ink border border-line-strong hover:bg-hover shadow-card",
  ghost: "text-ink-soft hover:bg-hover hover:text-ink",
  danger: "bg-bad text-white hover:bg-bad-strong shadow-card",
};

/** The classes of everything that looks like a button. */
export function buttonClass({ look = "secondary", size = "md", wide = false }: Shape): string {
  return cx(
    "inline-flex items-center justify-center gap-2 rounded-control font-medium whitespace-nowrap select-none",
    "transition-colors duration-100 disabled:opacity-55 disabled:pointer-events-none aria-disabled:opacity-55",
    size === "sm" ? "h-8 px-2.5 text-sm" : "h-9.5 px-3.5 text-sm",
    wide && "w-full",
    LOOKS[look],
  );
}

/** A turning circle. */
export function Spinner({ size = 16 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="animate-turn">
      <circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.25" />
      <path
        d="M21 12a9 9 0 0 0-9-9"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  Shape & { busy?: boolean | undefined; ref?: Ref<HTMLButtonElement> };

/** A button; `busy` keeps its size, turns, and takes no second click. */
export function Button({ look, size, icon, wide, busy, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || busy === true}
      aria-busy={busy}
      className={cx(buttonClass({ look, size, wide }), className)}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

export type IconButtonProps = Omit<ButtonProps, "icon"> & { icon: IconName; label: string };

/** A button that is only a picture: its label is read aloud and shown on hover. */
export function IconButton({ icon, label, look = "ghost", size, busy, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip content={label}>
      <button
        type="button"
        {...rest}
        disabled={rest.disabled === true || busy === true}
        aria-label={label}
        aria-busy={busy}
        className={cx(buttonClass({ look }), size === "sm" ? "size-8 !h-8" : "size-9.5", "!px-0", className)}
      >
        {busy ? <Spinner /> : <Icon name={icon} />}
      </button>
    </Tooltip>
  );
}

function PlainLinkButton({
  look,
  size,
  icon,
  wide,
  children,
  className,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & Shape & { ref?: Ref<HTMLAnchorElement> }) {
  return (
    <a {...rest} className={cx(buttonClass({ look, size, wide }), className)}>
      {icon && <Icon name={icon} size={16} />}
      {children}
    </a>
  );
}

/** A link of the router that looks like a button. */
export const LinkButton = createLink(PlainLinkButton);

import type { InputHTMLAttributes, Ref, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";

import { cx } from "@/lib/cx";

import { useFieldWiring } from "./field";
import { Icon, type IconName } from "./icon";

const BOX = cx(
  "w-full rounded-control border border-control bg-surface text-base text-ink shadow-card md:text-sm",
  "placeholder:text-ink-faint hover:border-ink-soft focus-visible:border-accent-text",
  "focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-bad",
);

type InputProps = InputHTMLAttributes<HTMLInputElement> & {
  ref?: Ref<HTMLInputElement>;
  icon?: IconName;
  suffix?: string | undefined;
};

/** One line of text. */
export function Input({ className, icon, suffix, ...rest }: InputProps) {
  const input = (
    <input
      {...useFieldWiring()}
      {...rest}
      className={cx(BOX, "h-9.5 px-3", icon && "pl-9", suffix && "pr-14", className)}
    />
  );
  if (!icon && !suffix) return input;
  return (
    <div className="relative">
      {icon && (
        <Icon name={icon} size={16} className="absolute top-1/2 left-3 -translate-y-1/2 text-ink-faint" />
      )}
      {input}
      {suffix && (
        <span className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-xs text-ink-faint">
          {suffix}
        </span>
      )}
    </div>
  );
}

/** Some lines of text. */
export function Textarea({
  className,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea rows={4} {...useFieldWiring()} {...rest} className={cx(BOX, "px-3 py-2", className)} />;
}

export type Option<T extends string = string> = { value: T; label: string; disabled?: boolean };

/** One of some: the browser's own list, which phones show best. */
export function Select<T extends string>({
  options,
  value,
  onChange,
  placeholder,
  className,
  ...rest
}: Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "value"> & {
  options: readonly Option<T>[];
  value: T | "";
  onChange: (value: T) => void;
  placeholder?: string;
}) {
  return (
    <div className={cx("relative", className)}>
      <select
        {...useFieldWiring()}
        {...rest}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        className={cx(BOX, "h-9.5 appearance-none truncate pr-8 pl-3")}
      >
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon
        name="chevron-down"
        size={16}
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-ink-faint"
      />
    </div>
  );
}

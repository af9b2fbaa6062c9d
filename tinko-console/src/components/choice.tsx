import { useId, type ReactNode } from "react";

import { cx } from "@/lib/cx";

import { Icon } from "./icon";

type Toggle = {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
};

function Words({ id, label, hint }: { id: string; label: ReactNode; hint: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="text-sm font-medium text-ink">
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-ink-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The square alone, for tables; `label` is read aloud. */
export function CheckboxBox({
  checked,
  onChange,
  label,
  id,
  describedBy,
  disabled,
}: {
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  label?: string;
  id?: string;
  describedBy?: string | undefined;
  disabled?: boolean | undefined;
}) {
  return (
    <span className="relative grid size-4.5 shrink-0 place-items-center before:absolute before:-inset-1.5">
      <input
        type="checkbox"
        id={id}
        ref={(box) => {
          if (box) box.indeterminate = checked === "indeterminate";
        }}
        aria-label={label}
        aria-describedby={describedBy}
        checked={checked === true}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        className={cx(
          "peer col-start-1 row-start-1 size-4.5 cursor-pointer appearance-none rounded-[5px] border border-control bg-surface",
          "before:absolute before:-inset-1.5 hover:border-ink-soft checked:border-accent checked:bg-accent",
          "indeterminate:border-accent indeterminate:bg-accent disabled:cursor-not-allowed disabled:opacity-55",
        )}
      />
      <Icon
        name={checked === "indeterminate" ? "minus" : "check"}
        size={14}
        className={cx(
          "pointer-events-none relative col-start-1 row-start-1 text-accent-ink",
          checked === false && "invisible",
        )}
      />
    </span>
  );
}

/** Yes or no, with words. */
export function Checkbox({ label, hint, checked, onChange, disabled }: Toggle) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <div className="pt-0.5">
        <CheckboxBox
          id={id}
          describedBy={hint ? `${id}-hint` : undefined}
          checked={checked}
          onChange={onChange}
          disabled={disabled}
        />
      </div>
      <Words id={id} label={label} hint={hint} />
    </div>
  );
}

/** On or off, at once. */
export function Switch({ label, hint, checked, onChange, disabled }: Toggle) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <Words id={id} label={label} hint={hint} />
      <span className="relative inline-flex h-6 w-10 shrink-0">
        <input
          type="checkbox"
          role="switch"
          id={id}
          aria-describedby={hint ? `${id}-hint` : undefined}
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
          className="peer h-6 w-10 cursor-pointer appearance-none rounded-full bg-control transition-colors checked:bg-accent disabled:cursor-not-allowed disabled:opacity-55"
        />
        <span className="pointer-events-none absolute top-0.75 left-0.75 size-4.5 rounded-full bg-white shadow transition-transform peer-checked:translate-x-4" />
      </span>
    </div>
  );
}

/** One of few, all seen. */
export function RadioGroup<T extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: ReactNode; hint?: ReactNode; disabled?: boolean }[];
}) {
  const id = useId();
  return (
    <div role="radiogroup" aria-label={label} className="flex flex-col gap-2">
      {options.map((option) => (
        <div
          key={option.value}
          className="flex items-start gap-3 rounded-control border border-line bg-surface p-3 has-checked:border-accent-text has-checked:bg-accent-tint"
        >
          <input
            type="radio"
            name={id}
            id={`${id}-${option.value}`}
            aria-describedby={option.hint ? `${id}-${option.value}-hint` : undefined}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => onChange(option.value)}
            className="relative mt-0.5 size-4.5 shrink-0 cursor-pointer appearance-none rounded-full border border-control bg-surface before:absolute before:-inset-1.5 checked:border-[5.5px] checked:border-accent disabled:opacity-55"
          />
          <Words id={`${id}-${option.value}`} label={option.label} hint={option.hint} />
        </div>
      ))}
    </div>
  );
}

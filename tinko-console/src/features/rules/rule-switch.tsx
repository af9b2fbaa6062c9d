import { Switch } from "radix-ui";

/** On or off in a row of a list; `label` is read aloud. */
export function RuleSwitch({
  label,
  checked,
  disabled,
  onChange,
}: {
  label: string;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <Switch.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="relative mx-1 h-6 w-10 shrink-0 rounded-full bg-control transition-colors data-[state=checked]:bg-accent disabled:opacity-55"
    >
      <Switch.Thumb className="block size-4.5 translate-x-0.75 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-4.75" />
    </Switch.Root>
  );
}

import { useEffect, useState } from "react";

import { Input } from "@/components";
import { useDebounced } from "@/lib/hooks";

/** A text that filters once the typing rests. */
export function TypedFilter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const [typed, setTyped] = useState<{ text: string; over: string | undefined }>({
    text: value ?? "",
    over: value,
  });
  // Somebody changed the URL: the field follows.
  if (typed.over !== value) setTyped({ text: value ?? "", over: value });
  const settled = useDebounced(typed.text);
  useEffect(() => {
    const next = settled.trim() || undefined;
    if (settled === typed.text && next !== value) onChange(next);
    // Only what was typed is news here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  return (
    <div className="w-full sm:w-60">
      <Input
        icon="search"
        aria-label={label}
        placeholder={label}
        value={typed.text}
        onChange={(event) => setTyped({ text: event.target.value, over: value })}
      />
    </div>
  );
}

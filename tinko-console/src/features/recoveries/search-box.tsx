import { useEffect, useRef, useState } from "react";

import { Icon, Input, Kbd } from "@/components";
import { useIsPhone, useShortcut } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

const WAIT = 250;

/** Searches while one types; `/` comes here, Escape empties it. */
export function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useTranslations("recoveries");
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const phone = useIsPhone();
  useShortcut("/", () => input.current?.focus());
  useEffect(() => () => clearTimeout(timer.current), []);
  // A view or a link elsewhere changed the search.
  if (value !== sent) {
    setSent(value);
    setTyped(value);
  }

  const send = (text: string, wait: number) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSent(text.trim());
      onChange(text.trim());
    }, wait);
  };

  return (
    <div className="relative w-full md:w-96">
      <Input
        ref={input}
        type="search"
        icon="search"
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        className="pr-10 [&::-webkit-search-cancel-button]:hidden"
        onChange={(event) => send(event.target.value, WAIT)}
        onKeyDown={(event) => {
          if (event.key === "Enter") send(typed, 0);
          if (event.key === "Escape") {
            if (typed === "") input.current?.blur();
            else send("", 0);
          }
        }}
      />
      {typed === "" ? (
        !phone && (
          <span
            className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2"
            aria-hidden="true"
          >
            <Kbd>/</Kbd>
          </span>
        )
      ) : (
        <button
          type="button"
          aria-label={t("search.clear")}
          onClick={() => {
            send("", 0);
            input.current?.focus();
          }}
          className="absolute top-1/2 right-1.5 grid size-7 -translate-y-1/2 place-items-center rounded-md text-ink-faint hover:bg-hover hover:text-ink"
        >
          <Icon name="x" size={15} />
        </button>
      )}
    </div>
  );
}

import { useTranslations } from "use-intl";

import { createStore, useStore } from "@/lib/store";

import { IconButton } from "./button";
import { Icon } from "./icon";

type Toast = {
  id: number;
  text: string;
  tone: "good" | "bad" | "info";
  action?: { label: string; run: () => void } | undefined;
};

const SHOWN_FOR = 6_000;
const MOST = 3;
const toasts = createStore<readonly Toast[]>([]);
let last = 0;

const dismiss = (id: number) => toasts.set(toasts.get().filter((each) => each.id !== id));

/** Says that something happened; `action` may undo it. It is read aloud, and goes away by itself. */
export function toast(text: string, options: { tone?: Toast["tone"]; action?: Toast["action"] } = {}): void {
  const id = ++last;
  toasts.set(
    [...toasts.get(), { id, text, tone: options.tone ?? "good", action: options.action }].slice(-MOST),
  );
  setTimeout(() => dismiss(id), options.action ? SHOWN_FOR * 2 : SHOWN_FOR);
}

const ICONS = { good: "check-circle", bad: "alert", info: "info" } as const;
const COLORS = { good: "text-good-text", bad: "text-bad-text", info: "text-info-text" } as const;

/** Once, in the app. */
export function Toaster() {
  const t = useTranslations("common");
  const shown = useStore(toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-60 flex flex-col items-center gap-2 px-4 md:bottom-5"
    >
      {shown.map((each) => (
        <div
          key={each.id}
          className="pointer-events-auto flex max-w-md animate-rise items-center gap-3 rounded-card border border-line bg-surface py-2 pr-2 pl-3.5 text-sm shadow-raised"
        >
          <Icon name={ICONS[each.tone]} className={COLORS[each.tone]} />
          <p className="min-w-0 py-1">{each.text}</p>
          {each.action && (
            <button
              type="button"
              className="rounded-md px-2 py-1 font-medium text-accent-text hover:bg-hover"
              onClick={() => {
                each.action?.run();
                dismiss(each.id);
              }}
            >
              {each.action.label}
            </button>
          )}
          <IconButton icon="x" size="sm" label={t("actions.close")} onClick={() => dismiss(each.id)} />
        </div>
      ))}
    </div>
  );
}

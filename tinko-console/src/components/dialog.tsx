import { Suspense, useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { preloadable } from "@/lib/preloadable";

import { Button } from "./button";
import { ProblemNote } from "./states";
import type { DialogProps, DrawerProps } from "./dialog-frames";

const dialog = preloadable(async () => (await import("./dialog-frames")).DialogFrame);
const drawer = preloadable(async () => (await import("./dialog-frames")).DrawerFrame);

/** Fetches what dialogs and drawers need, before one is opened. */
export const preloadDialogs = async (): Promise<void> => {
  await Promise.all([dialog.preload(), drawer.preload()]);
};

/** A question or a short form over the page. */
export function Dialog(props: DialogProps) {
  return props.open ? (
    <Suspense>
      <dialog.Component {...props} />
    </Suspense>
  ) : null;
}

/** More room at the side, with the page still seen. */
export function Drawer(props: DrawerProps) {
  return props.open ? (
    <Suspense>
      <drawer.Component {...props} />
    </Suspense>
  ) : null;
}

/** Asks before something that cannot be undone; `children` say the consequence, in numbers. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  children,
  confirm,
  danger = true,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  confirm: string;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
}) {
  const t = useTranslations("common");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const close = (next: boolean) => {
    setError(null);
    onOpenChange(next);
  };
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={title}
      footer={
        <>
          <Button onClick={() => close(false)}>{t("actions.cancel")}</Button>
          <Button look={danger ? "danger" : "primary"} busy={busy} onClick={() => void run()}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-sm text-ink-soft">
        {children}
        {error && <ProblemNote error={error} />}
      </div>
    </Dialog>
  );
}

import { Dialog as Radix } from "radix-ui";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { cx } from "@/lib/cx";

import { IconButton } from "./button";
import { aMenuIsOpen } from "./menu-panel";

type Frame = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
};

export type DialogProps = Frame & { wide?: boolean; closable?: boolean };
export type DrawerProps = Frame & { side?: "left" | "right" };

const VEIL = "fixed inset-0 z-40 animate-fade bg-black/35 backdrop-blur-[1px]";

function Head({
  title,
  description,
  onClose,
}: Pick<Frame, "title" | "description"> & { onClose?: () => void }) {
  const t = useTranslations("common");
  return (
    <div className="flex items-start justify-between gap-4 px-5 pt-4.5">
      <div className="min-w-0">
        <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
        {description && (
          <Radix.Description className="mt-1 text-sm text-ink-soft">{description}</Radix.Description>
        )}
      </div>
      {onClose && <IconButton icon="x" size="sm" label={t("actions.close")} onClick={onClose} />}
    </div>
  );
}

/** Gives the focus back to what opened the dialog, and leaves Escape to a menu inside. */
export function useDialogManners() {
  const [opener] = useState(() => document.activeElement);
  return {
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    },
    onEscapeKeyDown: (event: KeyboardEvent) => {
      if (aMenuIsOpen()) event.preventDefault();
    },
  };
}

/** A question or a short form over the page. */
export function DialogFrame(props: DialogProps) {
  const manners = useDialogManners();
  const { open, onOpenChange, title, description, children, footer, wide = false, closable = true } = props;
  return (
    <Radix.Root open={open} onOpenChange={(next) => (closable || next) && onOpenChange(next)}>
      <Radix.Portal>
        <Radix.Overlay className={VEIL} />
        <Radix.Content
          {...manners}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cx(
            "fixed inset-x-0 bottom-0 z-50 mx-auto flex max-h-[90dvh] w-full flex-col rounded-t-2xl bg-surface shadow-raised",
            "animate-rise sm:inset-x-4 sm:top-[12dvh] sm:bottom-auto sm:max-h-[78dvh] sm:w-auto sm:rounded-card",
            wide ? "sm:max-w-2xl" : "sm:max-w-md",
          )}
        >
          <Head
            title={title}
            description={description}
            {...(closable ? { onClose: () => onOpenChange(false) } : {})}
          />
          <div className="overflow-y-auto px-5 py-4">{children}</div>
          {footer && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** More room at the side, with the page still seen. */
export function DrawerFrame({
  side = "right",
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
}: DrawerProps) {
  const manners = useDialogManners();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={VEIL} />
        <Radix.Content
          {...manners}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cx(
            "fixed inset-y-0 z-50 flex w-[min(30rem,92vw)] animate-slide flex-col bg-surface shadow-raised",
            side === "right" ? "right-0" : "left-0 [--slide-from:-100%]",
          )}
        >
          <Head title={title} description={description} onClose={() => onOpenChange(false)} />
          <div className="flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer && <div className="flex justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

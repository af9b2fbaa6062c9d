import { useState } from "react";

import { Button, Dialog, Field, Form, Input, toast } from "@/components";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";

import { useActs } from "./acts";
import type { Detail } from "./queries";
import { useMoment } from "./use-moment";

/** A moment as a date-and-time field of the browser has it, in the viewer's zone. */
export function fieldOf(at: string | Date): string {
  const date = new Date(at);
  const pad = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** Moves the next step; the field is in the viewer's zone. */
export function MoveDialog({ recovery, onClose }: { recovery: Detail; onClose: () => void }) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const format = useFormat();
  const moment = useMoment();
  const now = useNow();
  const acts = useActs(recovery.id);
  const from = recovery.next_attempt_at ?? now;
  const [value, setValue] = useState(() => fieldOf(new Date(from) < now ? now : from));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const chosen = new Date(value);
  const known = !Number.isNaN(chosen.getTime());
  const save = async () => {
    await acts.move(chosen.toISOString());
    toast(t("did.move", { when: moment(chosen) }));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("acts.move")}
      description={t(recovery.next_attempt_kind === "charge" ? "move.charge" : "move.link", {
        when: recovery.next_attempt_at === null ? "" : moment(recovery.next_attempt_at),
      })}
    >
      <Form fields={["due_at"]} onSubmit={save}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field
              label={t("move.label", { zone })}
              hint={
                <>
                  {known && <span className="block">{format.dateTimeUtc(chosen)}</span>}
                  {t("move.until", { when: format.dateTime(recovery.window_ends_at) })}
                </>
              }
              error={of("due_at")}
            >
              <Input
                type="datetime-local"
                value={value}
                min={fieldOf(now)}
                max={fieldOf(recovery.window_ends_at)}
                onChange={(event) => setValue(event.target.value)}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy} disabled={!known || busy}>
                {t("move.confirm")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

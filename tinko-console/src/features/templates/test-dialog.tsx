import { useState } from "react";

import { Banner, Button, Dialog, Field, Form, Input } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import type { Language, Place } from "./places";
import { sendTest, type Words } from "./queries";

type Sent = Awaited<ReturnType<typeof sendTest>>;

/** Sends a sample to an address of the person's choice. */
export function TestDialog({
  place,
  language,
  words,
  onClose,
}: {
  place: Place;
  language: Language;
  words: Words;
  onClose: () => void;
}) {
  const t = useTranslations("templates");
  const { user } = useMe();
  const isMail = place.channel === "email";
  const [to, setTo] = useState(isMail ? user.email : "");
  const [sent, setSent] = useState<Sent | null>(null);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("test.title")}
      description={t("test.lead")}
    >
      <Form
        fields={["to"]}
        onSubmit={async () => {
          setSent(null);
          setSent(await sendTest(place, language, words, to.trim()));
        }}
      >
        {({ of, busy, note }) => (
          <>
            {note}
            <Field
              label={t(isMail ? "test.address" : "test.phone")}
              hint={isMail ? undefined : t("test.phoneHint")}
              error={of("to")}
              required
            >
              <Input
                type={isMail ? "email" : "tel"}
                value={to}
                onChange={(event) => setTo(event.target.value)}
              />
            </Field>
            <div aria-live="polite" className="empty:hidden">
              {sent &&
                (sent.outcome === "sent" ? (
                  <Banner tone="good">{t("test.sent", { to })}</Banner>
                ) : (
                  <Banner tone="bad">
                    {t("test.notSent")} <span lang="en">{sent.detail ?? sent.error_code}</span>
                  </Banner>
                ))}
            </div>
            <Button type="submit" look="primary" icon="mail" busy={busy} wide>
              {t("test.send")}
            </Button>
          </>
        )}
      </Form>
    </Dialog>
  );
}

import { useState } from "react";

import { Banner, Button, CopyButton, Dialog, Field, Form, Input, RadioGroup, Select } from "@/components";
import type { Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { useActs } from "./acts";
import type { Detail } from "./queries";
import { useMoment } from "./use-moment";
import { useWords } from "./words";

const LASTS = ["900", "3600", "86400", "259200", "604800"] as const;
const CHANNELS = ["none", "email", "sms", "whatsapp"] as const;

/** Makes a link for the payer; it is shown this once. */
export function LinkDialog({ recovery, onClose }: { recovery: Detail; onClose: () => void }) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const words = useWords();
  const acts = useActs(recovery.id);
  const [lasts, setLasts] = useState<(typeof LASTS)[number]>("900");
  const [channel, setChannel] = useState<(typeof CHANNELS)[number]>("none");
  const [made, setMade] = useState<Schemas["IssuedLinkView"] | null>(null);
  const { email, phone } = recovery.customer;
  const contacts = { none: true, email: email !== null, sms: phone !== null, whatsapp: phone !== null };
  const save = async () =>
    setMade(await acts.makeLink(recovery.transaction_ref, { ttl_seconds: Number(lasts), channel }));
  if (made !== null) return <Made made={made} channel={channel} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("acts.link")}
      description={t("link.description")}
    >
      <Form fields={["ttl_seconds"]} onSubmit={save}>
        {({ of, busy, note }) => (
          <>
            {note}
            <Field label={t("link.lasts")} error={of("ttl_seconds")}>
              <Select
                value={lasts}
                onChange={setLasts}
                options={LASTS.map((value) => ({ value, label: t(`link.lengths.${value}`) }))}
              />
            </Field>
            <div className="flex flex-col gap-2">
              <p className="text-sm font-medium">{t("link.channel")}</p>
              <RadioGroup
                label={t("link.channel")}
                value={channel}
                onChange={setChannel}
                options={CHANNELS.map((value) => ({
                  value,
                  label: value === "none" ? t("link.copyOnly") : words.channel(value),
                  disabled: !contacts[value],
                  hint: contacts[value]
                    ? value === "none"
                      ? t("link.copyOnlyHint")
                      : ((value === "email" ? email : phone) ?? "")
                    : t("link.noAddress"),
                }))}
              />
            </div>
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>{common("actions.cancel")}</Button>
              <Button type="submit" look="primary" busy={busy}>
                {t("link.make")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function Made({
  made,
  channel,
  onClose,
}: {
  made: Schemas["IssuedLinkView"];
  channel: (typeof CHANNELS)[number];
  onClose: () => void;
}) {
  const t = useTranslations("recoveries");
  const common = useTranslations("common");
  const moment = useMoment();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("link.ready")}
      footer={<Button onClick={onClose}>{common("actions.close")}</Button>}
    >
      <div className="flex flex-col gap-4 text-sm">
        <Banner tone="warn">{t("link.once")}</Banner>
        <div className="flex items-center gap-2">
          <Input
            readOnly
            aria-label={t("link.url")}
            value={made.url}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton text={made.url} label={common("actions.copy")} />
        </div>
        <p className="text-ink-soft">{t("link.until", { when: moment(made.expires_at) })}</p>
        {channel !== "none" && <p className="text-ink-soft">{t("link.sent")}</p>}
      </div>
    </Dialog>
  );
}

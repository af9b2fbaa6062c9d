import { Card, Checkbox, Field, Input, Switch } from "@/components";

import { NumberInput } from "./fields";
import { Overrides } from "./overrides";
import { CHANNELS } from "./terms";
import { TimingFields } from "./timing-fields";
import type { Editor } from "./use-editor";
import { usePolicyWords } from "./words";

const USUAL_QUIET = { start: "20:00", end: "09:00" };

/** All that a policy says, to change. */
export function SettingsForm({ editor, disabled }: { editor: Editor; disabled: boolean }) {
  const { terms, change, mistakes } = editor;
  const { t } = usePolicyWords();
  return (
    <div className="flex flex-col gap-5">
      <Card title={t("sections.retries")} description={t("sections.retriesHint")}>
        <TimingFields timing={terms} mistakes={mistakes} disabled={disabled} onChange={change} />
      </Card>
      <PayerCard editor={editor} disabled={disabled} />
      <Card title={t("sections.messages")} description={t("sections.messagesHint")}>
        <div className="flex flex-col gap-5">
          <fieldset className="flex flex-col gap-2.5">
            <legend className="mb-2 text-sm font-medium">{t("fields.enabled_channels")}</legend>
            {CHANNELS.map((channel) => (
              <Checkbox
                key={channel}
                label={t(`channels.${channel}`)}
                disabled={disabled}
                checked={terms.enabled_channels.includes(channel)}
                onChange={(on) =>
                  change({
                    enabled_channels: CHANNELS.filter((each) =>
                      each === channel ? on : terms.enabled_channels.includes(each),
                    ),
                  })
                }
              />
            ))}
            {terms.enabled_channels.length === 0 && (
              <p className="text-xs text-warn-text">{t("hints.noChannel")}</p>
            )}
          </fieldset>
          <QuietHours editor={editor} disabled={disabled} />
          <Switch
            label={t("fields.notify_retry_scheduled")}
            hint={t("hints.notify_retry_scheduled")}
            disabled={disabled}
            checked={terms.notify_retry_scheduled}
            onChange={(notify_retry_scheduled) => change({ notify_retry_scheduled })}
          />
          <Switch
            label={t("fields.notify_card_expiring")}
            hint={t("hints.notify_card_expiring")}
            disabled={disabled}
            checked={terms.notify_card_expiring}
            onChange={(notify_card_expiring) => change({ notify_card_expiring })}
          />
        </div>
      </Card>
      <Overrides editor={editor} disabled={disabled} />
    </div>
  );
}

type Part = { editor: Editor; disabled: boolean };

function PayerCard({ editor: { terms, change, mistakes }, disabled }: Part) {
  const { t, mistakeOf } = usePolicyWords();
  const beside = terms.link_after_attempt !== null;
  return (
    <Card title={t("sections.payer")} description={t("sections.payerHint")}>
      <div className="flex flex-col gap-4">
        <Switch
          label={t("link.beside")}
          hint={t("link.besideHint")}
          disabled={disabled}
          checked={beside}
          onChange={(on) => change({ link_after_attempt: on ? 1 : null })}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          {beside && (
            <Field
              label={t("fields.link_after_attempt")}
              error={mistakeOf(mistakes.get("link_after_attempt"))}
            >
              <NumberInput
                value={terms.link_after_attempt ?? 1}
                disabled={disabled}
                onChange={(link_after_attempt) => change({ link_after_attempt })}
              />
            </Field>
          )}
          <Field
            label={t("fields.window_days")}
            hint={t("hints.window_days")}
            error={mistakeOf(mistakes.get("window_days"))}
          >
            <NumberInput
              suffix={t("units.days")}
              value={terms.window_days}
              disabled={disabled}
              onChange={(window_days) => change({ window_days })}
            />
          </Field>
        </div>
      </div>
    </Card>
  );
}

function QuietHours({ editor: { terms, change, mistakes }, disabled }: Part) {
  const { t, mistakeOf } = usePolicyWords();
  const own = terms.quiet_hours;
  return (
    <div className="flex flex-col gap-3">
      <Switch
        label={t("quiet.own")}
        hint={own ? t("quiet.byPayer") : t("values.usualQuiet")}
        disabled={disabled}
        checked={own !== null}
        onChange={(on) => change({ quiet_hours: on ? USUAL_QUIET : null })}
      />
      {own && (
        <div className="grid grid-cols-2 gap-4">
          {(["start", "end"] as const).map((side) => (
            <Field
              key={side}
              label={t(`quiet.${side}`)}
              error={side === "end" ? mistakeOf(mistakes.get("quiet_hours")) : undefined}
            >
              <Input
                type="time"
                required
                value={own[side]}
                disabled={disabled}
                onChange={(event) =>
                  event.target.value !== "" &&
                  change({ quiet_hours: { ...own, [side]: event.target.value.slice(0, 5) } })
                }
              />
            </Field>
          ))}
        </div>
      )}
      <Switch
        label={t("fields.quiet_weekends")}
        disabled={disabled}
        checked={terms.quiet_weekends}
        onChange={(quiet_weekends) => change({ quiet_weekends })}
      />
    </div>
  );
}

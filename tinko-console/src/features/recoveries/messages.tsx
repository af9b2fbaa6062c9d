import { useState } from "react";

import { Badge, Button, DateTime, type IconName, type Tone } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { MessagePreview } from "./message-preview";
import type { Detail } from "./queries";
import { Nothing, Section } from "./section";
import { useWords } from "./words";

type Message = Detail["notifications"][number];

const LOOKS: Record<string, readonly [Tone, IconName]> = {
  queued: ["info", "clock"],
  sending: ["accent", "refresh"],
  sent: ["info", "mail"],
  delivered: ["good", "check-circle"],
  bounced: ["bad", "x-circle"],
  failed: ["bad", "x-circle"],
  unknown: ["warn", "help"],
  suppressed: ["neutral", "ban"],
};

/** What the payer was written. */
export function Messages({ messages }: { messages: readonly Message[] }) {
  const t = useTranslations("recoveries");
  return (
    <Section title={t("messages.title")}>
      {messages.length === 0 ? (
        <Nothing>{t("messages.none")}</Nothing>
      ) : (
        <ul className="divide-y divide-line rounded-control border border-line">
          {messages.toReversed().map((message) => (
            <One key={message.id} message={message} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function One({ message }: { message: Message }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  const [shown, setShown] = useState(false);
  const [tone, icon] = LOOKS[message.status] ?? ["neutral", "mail"];
  const at = message.delivered_at ?? message.sent_at ?? message.wake_at ?? message.created_at;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium">{words.messageEvent(message.event)}</p>
        <p className="text-xs break-words text-ink-faint">
          {words.channel(message.channel)} · {message.contact} · <DateTime at={at} absolute />
        </p>
        {message.held_by !== null && (
          <p className="mt-1 text-xs text-ink-soft">{t("messages.heldBy", { rule: message.held_by })}</p>
        )}
        {message.held_by === null && message.error_code !== null && (
          <p className="mt-1 text-xs text-bad-text">{t("messages.error", { code: message.error_code })}</p>
        )}
      </div>
      <Badge tone={tone} icon={icon}>
        {words.messageStatus(message.status)}
      </Badge>
      <Button size="sm" icon="eye" onClick={() => setShown(true)}>
        {t("messages.preview")}
      </Button>
      {shown && <MessagePreview id={message.id} onClose={() => setShown(false)} />}
    </li>
  );
}

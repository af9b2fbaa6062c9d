import { useQuery } from "@tanstack/react-query";

import { DateTime, Drawer, QueryView, StatusBadge, TextLink } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { messagesQuery } from "./queries";

/** The messages that wait, each with its recovery. */
export function MessagesDrawer({ status, onClose }: { status: "failed" | "unknown"; onClose: () => void }) {
  const t = useTranslations("dashboard");
  const query = useQuery(messagesQuery(status));
  return (
    <Drawer open onOpenChange={onClose} title={t(`attention.kinds.messages_${status}`)}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-sm text-ink-soft">{t("attention.noMessages")}</p>
          ) : (
            <ul className="flex flex-col divide-y divide-line">
              {items.map((message) => (
                <li key={message.id} className="flex flex-col gap-1 py-3">
                  <div className="flex flex-wrap items-center justify-between gap-2">
                    <TextLink to="/recoveries/$id" params={{ id: message.recovery_id }} className="text-sm">
                      {t("attention.toRecovery", {
                        channel: message.channel,
                        recipient: message.recipient_hint,
                      })}
                    </TextLink>
                    <StatusBadge status={message.status} />
                  </div>
                  <p className="text-xs text-ink-soft">
                    <DateTime at={message.created_at} /> {message.error_detail}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Drawer>
  );
}

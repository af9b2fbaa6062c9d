import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";

import { Badge, Card, ErrorState, Icon, Skeleton, type IconName } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { waitingOf, type Waiting } from "./figures";
import { attentionQuery } from "./queries";

const MessagesDrawer = lazy(async () => ({ default: (await import("./messages-drawer")).MessagesDrawer }));

const RECOVERIES = { to: "/recoveries", search: { needs_attention: true } } as const;

/** Each kind: its picture, and where what waits is listed. */
const KINDS = {
  outcome_unknown: ["help", RECOVERIES],
  duplicate_charge: ["copy", RECOVERIES],
  possibly_already_paid: ["check-circle", RECOVERIES],
  captured_amount_differs: ["card", RECOVERIES],
  disputed: ["alert", RECOVERIES],
  no_psp_account: ["plug", RECOVERIES],
  recovery: ["eye", RECOVERIES],
  unknown_outcomes: ["help", RECOVERIES],
  duplicate_charges: ["copy", null],
  psp_events_dead: ["inbox", { to: "/developers/events", search: { status: "dead" } }],
  messages_failed: ["mail", "failed"],
  messages_unknown: ["mail", "unknown"],
  outbox_dead: ["settings", null],
  psp_accounts_failing: ["plug", { to: "/settings/psp", search: {} }],
  api_keys_expiring: ["key", { to: "/developers/keys", search: {} }],
} as const satisfies Record<string, readonly [IconName, object | string | null]>;

type Kind = keyof typeof KINDS;

const kindOf = (name: string): Kind => (Object.hasOwn(KINDS, name) ? (name as Kind) : "recovery");

/** What may cost money comes first. */
const rankOf = ({ name }: Waiting): number => Object.keys(KINDS).indexOf(kindOf(name));

/** What waits for a person; calm where nothing does. */
export function NeedsPerson() {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const query = useQuery(attentionQuery);
  const [messages, setMessages] = useState<"failed" | "unknown" | null>(null);
  const waiting = query.data && waitingOf(query.data).sort((a, b) => rankOf(a) - rankOf(b));
  const count = waiting?.reduce((sum, each) => sum + each.count, 0) ?? 0;
  return (
    <Card
      flush
      title={t("attention.title")}
      actions={
        count > 0 && (
          <Badge tone="warn" icon="alert">
            {format.number(count)}
          </Badge>
        )
      }
    >
      {waiting === undefined ? (
        query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Waits />
        )
      ) : waiting.length === 0 ? (
        <Calm />
      ) : (
        <ul className="flex flex-col border-t border-line">
          {waiting.map((each) => (
            <Item key={each.name} waiting={each} onMessages={setMessages} />
          ))}
        </ul>
      )}
      {messages !== null && (
        <Suspense>
          <MessagesDrawer status={messages} onClose={() => setMessages(null)} />
        </Suspense>
      )}
    </Card>
  );
}

function Waits() {
  return (
    <div className="flex flex-col gap-4 p-5" aria-busy="true">
      <Skeleton className="h-9" />
      <Skeleton className="h-9" />
    </div>
  );
}

function Calm() {
  const t = useTranslations("dashboard");
  return (
    <div className="flex items-start gap-3 px-5 pb-5">
      <span className="grid size-9 shrink-0 place-items-center rounded-full bg-good-tint text-good-text">
        <Icon name="check" />
      </span>
      <div>
        <p className="text-sm font-medium">{t("attention.calm")}</p>
        <p className="text-sm text-ink-soft">{t("attention.calmText")}</p>
      </div>
    </div>
  );
}

const ROW = "flex w-full items-start gap-3 px-5 py-3 text-left";

function Item({
  waiting,
  onMessages,
}: {
  waiting: Waiting;
  onMessages: (status: "failed" | "unknown") => void;
}) {
  const t = useTranslations("dashboard");
  const format = useFormat();
  const kind = kindOf(waiting.name);
  const [icon, where] = KINDS[kind];
  const number = format.number(waiting.count);
  const words = (
    <Words
      icon={icon}
      title={t(`attention.kinds.${kind}`)}
      hint={t(`attention.hints.${kind}`)}
      count={waiting.more ? t("attention.more", { count: number }) : number}
      leads={where !== null}
    />
  );
  return (
    <li className="border-b border-line last:border-0">
      {where === null ? (
        <div className={ROW}>{words}</div>
      ) : typeof where === "string" ? (
        <button type="button" className={`${ROW} hover:bg-hover`} onClick={() => onMessages(where)}>
          {words}
        </button>
      ) : (
        <Link to={where.to} search={where.search as never} className={`${ROW} hover:bg-hover`}>
          {words}
        </Link>
      )}
    </li>
  );
}

function Words({
  icon,
  title,
  hint,
  count,
  leads,
}: {
  icon: IconName;
  title: string;
  hint: ReactNode;
  count: string;
  leads: boolean;
}) {
  return (
    <>
      <Icon name={icon} size={17} className="mt-0.5 text-warn-text" />
      <span className="min-w-0 flex-1">
        <span className="block text-sm font-medium">{title}</span>
        <span className="block text-xs text-ink-soft">{hint}</span>
      </span>
      <span className="flex items-center gap-1 text-sm font-semibold">
        {count}
        <Icon name="chevron-right" size={15} className={leads ? "text-ink-faint" : "invisible"} />
      </span>
    </>
  );
}

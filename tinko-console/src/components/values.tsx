import { cx } from "@/lib/cx";
import { useFormat } from "@/lib/format";
import { useMachineNow, useNow } from "@/lib/hooks";

import { Tooltip } from "./tooltip";

const A_MONTH = 30 * 86_400_000;

/** An amount in minor units; `short` says 1.2L, the whole amount is in the tooltip then. */
export function Money({
  minor,
  currency,
  short = false,
  className,
}: {
  minor: number;
  currency: string;
  short?: boolean;
  className?: string;
}) {
  const format = useFormat();
  const text = (
    <span className={cx("rounded-sm whitespace-nowrap tabular-nums", className)}>
      {format.money(minor, currency, short)}
    </span>
  );
  if (!short) return text;
  return (
    <Tooltip focusable content={format.money(minor, currency)}>
      {text}
    </Tooltip>
  );
}

/** A moment: relative by default, the viewer's time or `absolute`; UTC and both in the tooltip. */
export function DateTime({
  at,
  absolute = false,
  machine = false,
}: {
  at: string | Date;
  absolute?: boolean;
  /** The moment is of the machine's time (logs, keys, sign-ins), which no test clock moves. */
  machine?: boolean;
}) {
  const format = useFormat();
  const organizationNow = useNow();
  const machineNow = useMachineNow();
  const now = machine ? machineNow : organizationNow;
  const date = new Date(at);
  const far = Math.abs(date.getTime() - now.getTime()) > A_MONTH;
  const shown = absolute ? format.dateTime(date) : far ? format.date(date) : format.relative(date, now);
  return (
    <Tooltip
      focusable
      content={
        <span className="block">
          {format.dateTime(date)}
          <br />
          {format.dateTimeUtc(date)}
        </span>
      }
    >
      <time dateTime={date.toISOString()} className="rounded-sm whitespace-nowrap">
        {shown}
      </time>
    </Tooltip>
  );
}

/** A length of time. */
export function Duration({ seconds }: { seconds: number }) {
  return <span className="whitespace-nowrap tabular-nums">{useFormat().duration(seconds)}</span>;
}

/** A key of the keyboard. */
export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="rounded border border-line-strong bg-sunken px-1.5 py-px font-sans text-xs text-ink-soft">
      {children}
    </kbd>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { meQuery } from "@/lib/session";
import { createStore, useStore } from "@/lib/store";

const TICK = 30_000;
const clock = createStore(Date.now());
setInterval(() => clock.set(Date.now()), TICK);

/** The organization's time, anew every half minute: a test organization's clock may be moved ahead. */
export function useNow(): Date {
  const now = useStore(clock);
  const { data } = useQuery({ ...meQuery, enabled: false });
  const offset = data?.organization.clock_offset_seconds ?? 0;
  return useMemo(() => new Date(now + offset * 1_000), [now, offset]);
}

/** The machine's time: what keys, sign-ins, logs and invitations go by, wherever a test clock stands. */
export function useMachineNow(): Date {
  const now = useStore(clock);
  return useMemo(() => new Date(now), [now]);
}

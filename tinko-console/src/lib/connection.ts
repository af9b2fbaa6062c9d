import { onlineManager } from "@tanstack/react-query";

import { createStore } from "./store";

/** Whether Tinko answers; `back` for a moment after it did not. */
export type Connection = "up" | "down" | "back";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;
const BACK_FOR = 4_000;

export const connection = createStore<Connection>("up");

let timer: ReturnType<typeof setTimeout> | undefined;
const onBack = new Set<() => void>();

/** Calls `listener` each time Tinko answers again; returns how to stop. */
export function whenBack(listener: () => void): () => void {
  onBack.add(listener);
  return () => onBack.delete(listener);
}

/** Tells that a call got no answer: queries pause, and Tinko is asked for until it answers. */
export function reportUnreachable(): void {
  if (connection.get() === "down") return;
  connection.set("down");
  onlineManager.setOnline(false);
  clearTimeout(timer);
  timer = setTimeout(() => void probe(FIRST_WAIT), FIRST_WAIT);
}

/** Asks at once instead of waiting for the next turn. */
export function probeNow(): void {
  if (connection.get() !== "down") return;
  clearTimeout(timer);
  void probe(FIRST_WAIT);
}

async function probe(wait: number): Promise<void> {
  if (await answers()) {
    connection.set("back");
    onlineManager.setOnline(true);
    onBack.forEach((listener) => listener());
    timer = setTimeout(() => connection.set("up"), BACK_FOR);
    return;
  }
  const next = Math.min(wait * 2, LONGEST_WAIT);
  timer = setTimeout(() => void probe(next), next);
}

async function answers(): Promise<boolean> {
  try {
    const response = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false;
  }
}

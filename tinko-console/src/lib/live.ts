import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { whenBack } from "./connection";

const POLL = 15_000;
const MOST_FAILURES = 3;

type Watch = { topics: readonly string[] };
type Feed = { watches: Set<Watch>; stop: () => void };

const feeds = new WeakMap<QueryClient, Feed>();

function refresh(client: QueryClient, changed: readonly string[] | null, watches: Set<Watch>): void {
  const watched = new Set([...watches].flatMap((watch) => watch.topics));
  const topics = changed === null ? watched : changed.filter((topic) => watched.has(topic));
  for (const topic of topics) void client.invalidateQueries({ queryKey: [topic] });
  // Where the test clock stands is said with who one is.
  if (changed?.includes("clock")) void client.invalidateQueries({ queryKey: ["me"] });
}

function topicsOf(data: unknown): string[] | null {
  try {
    const read = JSON.parse(String(data)) as { topics?: unknown };
    return Array.isArray(read.topics) ? read.topics.map(String) : null;
  } catch {
    return null;
  }
}

/**
 * Opens a stream while the page is seen; asks now and then where streams do not get through. `onChanged` gets
 * the topics that changed, or null if anything may have.
 */
function open(url: string, onChanged: (topics: readonly string[] | null) => void): () => void {
  let source: EventSource | null = null;
  let poll: ReturnType<typeof setInterval> | undefined;
  let failures = 0;

  const stopPolling = () => {
    clearInterval(poll);
    poll = undefined;
  };
  const close = () => {
    source?.close();
    source = null;
    stopPolling();
  };
  // Each turn also tries the stream again.
  const startPolling = () => {
    source?.close();
    source = null;
    poll ??= setInterval(() => {
      onChanged(null);
      connect();
    }, POLL);
  };
  const connect = () => {
    if (typeof EventSource === "undefined" || source !== null) return;
    const mine = new EventSource(url);
    source = mine;
    mine.addEventListener("open", () => {
      failures = 0;
      stopPolling();
    });
    mine.addEventListener("changed", (event) => onChanged(topicsOf(event.data)));
    mine.addEventListener("error", () => {
      failures += 1;
      // A closed source does not try again by itself.
      if (source === mine && (failures >= MOST_FAILURES || mine.readyState === EventSource.CLOSED)) {
        startPolling();
      }
    });
  };
  const restart = () => {
    close();
    if (document.hidden) return;
    failures = 0;
    connect();
    onChanged(null);
  };
  document.addEventListener("visibilitychange", restart);
  const stopWaiting = whenBack(restart);
  if (!document.hidden) {
    if (typeof EventSource === "undefined") startPolling();
    else connect();
  }
  return () => {
    document.removeEventListener("visibilitychange", restart);
    stopWaiting();
    close();
  };
}

/** Keeps queries whose key begins with one of the topics fresh while the component is on the page. */
export function useLive(...topics: string[]): void {
  const client = useQueryClient();
  const key = topics.join(" ");
  useEffect(() => {
    const watch: Watch = { topics: key.split(" ") };
    let feed = feeds.get(client);
    if (feed === undefined) {
      const watches = new Set<Watch>();
      feed = { watches, stop: open("/v1/stream", (changed) => refresh(client, changed, watches)) };
      feeds.set(client, feed);
    }
    const mine = feed;
    mine.watches.add(watch);
    return () => {
      mine.watches.delete(watch);
      if (mine.watches.size > 0) return;
      mine.stop();
      feeds.delete(client);
    };
  }, [client, key]);
}

/** Keeps one recovery fresh, whatever of it changes: queries whose key begins `["recovery", id]`. */
export function useLiveRecovery(id: string): void {
  const client = useQueryClient();
  useEffect(
    () =>
      open(`/v1/stream?recovery_id=${encodeURIComponent(id)}`, () => {
        void client.invalidateQueries({ queryKey: ["recovery", id] });
      }),
    [client, id],
  );
}

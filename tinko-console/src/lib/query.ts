import { QueryClient } from "@tanstack/react-query";

import { ProblemError } from "./api";

const MOST_TRIES = 3;

/** Refusals are final; a busy server and a lost network are asked again. */
export function shouldRetry(failures: number, error: Error): boolean {
  if (error instanceof ProblemError && error.status < 500) return false;
  return failures < MOST_TRIES;
}

/** Makes the cache of what the server said. Keys begin with the topic: `["recoveries", ...]`. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay: (failures, error) =>
          error instanceof ProblemError && error.retryAfter !== null
            ? error.retryAfter * 1_000
            : Math.min(500 * 2 ** failures, 8_000),
        staleTime: 10_000,
        gcTime: 10 * 60_000,
        throwOnError: false,
      },
      // An act fails at once where Tinko does not answer; it must not happen later by itself.
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";

import type { Page } from "./api";

type Cursor = { limit: number; cursor?: string };
type Asking = { signal: AbortSignal };

/** How a paged list is asked for; `queryKey` begins with the topic. */
export type ListOptions<T> = {
  queryKey: readonly unknown[];
  ask: (page: Cursor, asking: Asking) => Promise<Page<T>>;
  limit?: number;
  enabled?: boolean;
};

/** A paged list as DataTable takes it: `<DataTable {...list} />` besides columns and words. */
export function useList<T>({ queryKey, ask, limit = 50, enabled = true }: ListOptions<T>) {
  const query = useInfiniteQuery<Page<T>, Error, InfiniteData<Page<T>>, readonly unknown[], string | null>({
    queryKey,
    enabled,
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) =>
      ask(pageParam === null ? { limit } : { limit, cursor: pageParam }, { signal }),
    getNextPageParam: (last) => last.next_cursor,
  });
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    error: query.error,
    onRetry: () => void query.refetch(),
    more: {
      has: query.hasNextPage,
      loading: query.isFetchingNextPage,
      load: () => void query.fetchNextPage(),
    },
  };
}

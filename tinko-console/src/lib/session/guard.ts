import type { QueryClient } from "@tanstack/react-query";
import { redirect } from "@tanstack/react-router";

import { meQuery } from "./session";

/** Sends who is not signed in to the sign-in, and back afterwards. */
export async function requireSession({
  context,
  location,
}: {
  context: { queryClient: QueryClient };
  location: { href: string };
}): Promise<void> {
  const me = await context.queryClient.ensureQueryData({ ...meQuery, revalidateIfStale: true });
  if (me !== null) return;
  const here = location.href.replace(/^\/console(?=\/|$)/, "");
  throw redirect({ to: "/sign-in", search: here === "" || here === "/" ? {} : { next: here } });
}

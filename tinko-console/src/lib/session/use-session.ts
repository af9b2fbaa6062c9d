import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { meQuery } from "./session";
import type { Me } from "./types";

/** Who is signed in. Only for pages behind the sign-in; elsewhere take `meQuery`. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("Nobody is signed in.");
  return data;
}

/** Tells what the person may do here: `const can = useCan(); can("recoveries:write")`. */
export function useCan(): (permission: string) => boolean {
  const { data } = useQuery(meQuery);
  const permissions = data?.permissions;
  return useCallback((permission) => permissions?.includes(permission) ?? false, [permissions]);
}

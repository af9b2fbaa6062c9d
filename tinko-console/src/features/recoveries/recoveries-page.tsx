import { useNavigate, useSearch } from "@tanstack/react-router";

import { useLive } from "@/lib/live";

import type { Filters } from "./filters";
import { RecoveryList } from "./recovery-list";

export function RecoveriesPage() {
  const filters = useSearch({ from: "/shell/recoveries" });
  const navigate = useNavigate();
  useLive("recoveries");
  const change = (search: Filters) =>
    void navigate({ to: "/recoveries", search, replace: true, resetScroll: false });
  return <RecoveryList filters={filters} onChange={change} />;
}

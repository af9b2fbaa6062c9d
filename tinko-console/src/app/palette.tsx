import { useQuery, useQueryClient, keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { CommandPalette, type Command } from "@/components/command-palette";
import { call, type Page, type Schemas } from "@/lib/api";
import { useDebounced } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { leave, useCan, useMe } from "@/lib/session";
import { setTheme } from "@/lib/theme";

import { DEVELOPERS, NAVIGATION, SETTINGS } from "./navigation";
import { useSwitch } from "./org-switcher";

type Found = Pick<Schemas["RecoveryView"], "id" | "transaction_ref">;

/** Ctrl K: pages, acts and recoveries by reference or customer. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useTranslations("common");
  const [typed, setTyped] = useState("");
  return (
    <CommandPalette
      onClose={onClose}
      typed={typed}
      onType={setTyped}
      commands={[...usePages(), ...useActs()]}
      searched={useRecoveries(typed, t("nav.recoveries"))}
    />
  );
}

function usePages(): Command[] {
  const t = useTranslations("common");
  const can = useCan();
  const navigate = useNavigate();
  return [...NAVIGATION, ...DEVELOPERS, ...SETTINGS]
    .filter(({ permission }) => permission === null || can(permission))
    .map(({ to, key, icon }) => ({
      id: to,
      label: t(`nav.${key}`),
      group: t("palette.pages"),
      icon,
      run: () => void navigate({ to }),
    }));
}

function useActs(): Command[] {
  const t = useTranslations("common");
  const client = useQueryClient();
  const navigate = useNavigate();
  const change = useSwitch();
  const { organization, organizations } = useMe();
  const group = t("palette.acts");
  const twin = organizations.find(
    ({ id, pair_id }) => pair_id === organization.pair_id && id !== organization.id,
  );
  const acts: Command[] = [
    { id: "light", label: t("palette.light"), group, icon: "sun", run: () => setTheme("light") },
    { id: "dark", label: t("palette.dark"), group, icon: "moon", run: () => setTheme("dark") },
    {
      id: "leave",
      label: t("shell.signOut"),
      group,
      icon: "logout",
      run: () => void leave(client).then(() => navigate({ to: "/sign-in" })),
    },
  ];
  if (twin) {
    const label = t(twin.mode === "test" ? "shell.toTest" : "shell.toLive");
    acts.unshift({ id: "twin", label, group, icon: "flask", run: () => change(twin.id) });
  }
  return acts;
}

function useRecoveries(typed: string, group: string): Command[] {
  const navigate = useNavigate();
  const can = useCan();
  const q = useDebounced(typed.trim());
  const { data } = useQuery({
    queryKey: ["recoveries", "palette", q],
    enabled: q.length >= 3 && can("recoveries:read"),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => call<Page<Found>>("GET", "/v1/recoveries", { query: { q, limit: 5 }, signal }),
  });
  if (typed.trim().length < 3) return [];
  return (data?.items ?? []).map(({ id, transaction_ref }) => ({
    id,
    label: transaction_ref,
    group,
    icon: "refresh",
    run: () => void navigate({ to: "/recoveries/$id", params: { id } }),
  }));
}

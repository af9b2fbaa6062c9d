import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";

import { Icon, ProblemNote, type IconName } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { switchOrganization, useMe } from "@/lib/session";

const TASKS = [
  { key: "psp", icon: "plug", to: "/settings/psp" },
  { key: "key", icon: "key", to: "/developers/keys" },
  { key: "team", icon: "users", to: "/settings/team" },
] as const;

const CARD =
  "flex h-full w-full flex-col gap-1 rounded-card border border-line bg-surface p-4 text-left shadow-card hover:border-line-strong hover:bg-hover disabled:opacity-60";

/** What is needed for real payments; from the test organization it leads into the live one. */
export function GoLive() {
  const t = useTranslations("onboarding");
  const client = useQueryClient();
  const navigate = useNavigate();
  const { organization, organizations } = useMe();
  const live = organizations.find(({ pair_id, mode }) => pair_id === organization.pair_id && mode === "live");
  const go = useMutation({
    mutationFn: async (to: string) => {
      if (live) await switchOrganization(client, live.id);
      await navigate({ to });
    },
  });
  return (
    <div className="flex flex-col gap-3">
      {go.error && <ProblemNote error={go.error} />}
      <ul aria-label={t("done.goLive")} className="grid gap-3 sm:grid-cols-3">
        {TASKS.map(({ key, icon, to }) => (
          <li key={key}>
            {organization.mode === "live" || live === undefined ? (
              <Link to={to} className={CARD}>
                <Task icon={icon} title={t(`done.${key}`)} text={t(`done.${key}Text`)} />
              </Link>
            ) : (
              <button type="button" className={CARD} disabled={go.isPending} onClick={() => go.mutate(to)}>
                <Task icon={icon} title={t(`done.${key}`)} text={t(`done.${key}Text`)} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {organization.mode === "test" && live && <p className="text-xs text-ink-soft">{t("done.leads")}</p>}
    </div>
  );
}

function Task({ icon, title, text }: { icon: IconName; title: string; text: string }) {
  return (
    <>
      <Icon name={icon} className="mb-1 text-accent-text" />
      <span className="text-sm font-medium">{title}</span>
      <span className="text-xs text-ink-soft">{text}</span>
    </>
  );
}

import { useQueryClient } from "@tanstack/react-query";

import { Badge, Icon, Menu, MenuChoice, toast, useProblemText } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { switchOrganization, useMe } from "@/lib/session";

/** Goes on in another organization, and says so. */
export function useSwitch(): (organizationId: string) => void {
  const t = useTranslations("common");
  const text = useProblemText();
  const client = useQueryClient();
  const { organizations } = useMe();
  return (organizationId) => {
    const next = organizations.find(({ id }) => id === organizationId);
    if (next === undefined) return;
    switchOrganization(client, organizationId).then(
      () =>
        toast(t(next.mode === "test" ? "shell.nowTest" : "shell.nowLive", { name: next.name }), {
          tone: "info",
        }),
      (error: unknown) => toast(text(error instanceof Error ? error : new Error()), { tone: "bad" }),
    );
  };
}

/** Where one is, and where else one may go: each merchant live and test. */
export function OrgSwitcher() {
  const t = useTranslations("common");
  const { organization, organizations } = useMe();
  const change = useSwitch();
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex h-11 w-full min-w-0 items-center gap-2.5 rounded-control px-2 text-left hover:bg-hover"
        >
          <span className="grid size-7 shrink-0 place-items-center rounded-lg bg-accent text-sm font-semibold text-accent-ink">
            {Array.from(organization.name)[0]?.toUpperCase()}
          </span>
          <span className="min-w-0 flex-1 truncate text-sm font-semibold">{organization.name}</span>
          {organization.mode === "test" && <Badge tone="warn">{t("shell.test")}</Badge>}
          <Icon name="chevrons-up-down" size={15} className="text-ink-faint" />
        </button>
      }
    >
      <MenuChoice
        label={t("shell.organizations")}
        value={organization.id}
        onChange={change}
        options={organizations.map((each) => ({
          value: each.id,
          label: (
            <span className="flex items-center justify-between gap-3">
              <span className="truncate">{each.name}</span>
              <Badge tone={each.mode === "test" ? "warn" : "good"}>
                {t(each.mode === "test" ? "shell.test" : "shell.live")}
              </Badge>
            </span>
          ),
        }))}
      />
    </Menu>
  );
}

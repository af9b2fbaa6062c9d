import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { Icon, Menu, MenuItem, MenuLabel, MenuLine, MenuLink, toast, useProblemText } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { leave, useMe } from "@/lib/session";

import { LanguageChoice, ThemeChoice } from "./preferences";

/** Who one is; theme, language, security, sign out. */
export function UserMenu() {
  const t = useTranslations("common");
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { user } = useMe();
  const signOut = () => {
    navigateAfter(leave(client));
  };
  const navigateAfter = (done: Promise<void>) => {
    done.then(
      () => void navigate({ to: "/sign-in" }),
      (error: unknown) => toast(text(error instanceof Error ? error : new Error()), { tone: "bad" }),
    );
  };
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={t("shell.userMenu", { name: user.full_name })}
          className="flex h-11 w-full min-w-0 items-center gap-2.5 rounded-control px-2 text-left hover:bg-hover"
        >
          <span className="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-ink-soft">
            <Icon name="user" size={16} />
          </span>
          <span className="min-w-0 flex-1 truncate text-sm">{user.full_name}</span>
          <Icon name="more" size={16} className="text-ink-faint" />
        </button>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuLink to="/settings/security" icon="shield">
        {t("nav.security")}
      </MenuLink>
      <MenuLine />
      <ThemeChoice />
      <MenuLine />
      <LanguageChoice />
      <MenuLine />
      <MenuItem icon="logout" onSelect={signOut}>
        {t("shell.signOut")}
      </MenuItem>
    </Menu>
  );
}

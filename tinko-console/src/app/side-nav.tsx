import { Link } from "@tanstack/react-router";

import { Icon } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { DEVELOPERS, NAVIGATION, SETTINGS, type Place } from "./navigation";

function Places({ places, onGo }: { places: readonly Place[]; onGo: (() => void) | undefined }) {
  const t = useTranslations("common");
  const can = useCan();
  return (
    <ul className="flex flex-col gap-px">
      {places
        .filter(({ permission }) => permission === null || can(permission))
        .map((place) => (
          <li key={place.to}>
            <Link
              to={place.to}
              {...(onGo ? { onClick: onGo } : {})}
              activeOptions={{ exact: place.to === "/", includeSearch: false }}
              className="flex h-8.5 items-center gap-2.5 rounded-control px-2.5 text-sm font-medium text-ink-soft hover:bg-hover hover:text-ink data-[status=active]:bg-accent-tint data-[status=active]:text-accent-text"
            >
              <Icon name={place.icon} size={17} />
              {t(`nav.${place.key}`)}
            </Link>
          </li>
        ))}
    </ul>
  );
}

/** All pages that the person may see, in groups. */
export function SideNav({ onGo }: { onGo?: () => void }) {
  const t = useTranslations("common");
  const can = useCan();
  const { organization } = useMe();
  const settings = SETTINGS.filter(({ key }) => key !== "testClock" || organization.mode === "test");
  const heading = "px-2.5 pt-5 pb-1.5 text-xs font-medium text-ink-faint";
  return (
    <nav aria-label={t("nav.main")} className="flex-1 overflow-y-auto px-3 pb-4">
      <Places places={NAVIGATION} onGo={onGo} />
      {DEVELOPERS.some(({ permission }) => can(permission)) && (
        <>
          <h2 className={heading}>{t("nav.developers")}</h2>
          <Places places={DEVELOPERS} onGo={onGo} />
        </>
      )}
      <h2 className={heading}>{t("nav.settings")}</h2>
      <Places places={settings} onGo={onGo} />
    </nav>
  );
}

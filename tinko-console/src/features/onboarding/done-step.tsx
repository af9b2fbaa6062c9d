import { useQuery } from "@tanstack/react-query";

import { LinkButton } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { CameBack } from "./came-back";
import { Panel } from "./frame";
import { GoLive } from "./go-live";
import { newestQuery, recoveryQuery } from "./queries";
import { useOnboardingSearch } from "./search";

/** What came back, and what real payments need. */
export function Done({ left }: { left: number }) {
  const t = useTranslations("onboarding");
  const { recovery } = useOnboardingSearch();
  const newest = useQuery({ ...newestQuery, enabled: recovery === undefined });
  const id = recovery ?? newest.data?.id;
  const watched = useQuery({ ...recoveryQuery(id ?? ""), enabled: id !== undefined });
  return (
    <Panel title={t(left > 0 ? "done.early" : "done.title")} text={t("done.text")}>
      {watched.data?.status === "recovered" && <CameBack recovery={watched.data} />}
      {left > 0 && <p className="text-sm text-ink-soft">{t("done.left", { count: left })}</p>}
      <GoLive />
      <div>
        <LinkButton to="/" icon="home">
          {t("done.dashboard")}
        </LinkButton>
      </div>
    </Panel>
  );
}

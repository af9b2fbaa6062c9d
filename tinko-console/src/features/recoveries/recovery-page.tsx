import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { BackLink, QueryView } from "@/components";
import { useLiveRecovery } from "@/lib/live";
import { useTranslations } from "@/lib/i18n";

import type { Part } from "./parts";
import { detailQuery } from "./queries";
import { RecoveryDetail } from "./recovery-detail";

export function RecoveryPage() {
  const t = useTranslations("recoveries");
  const { id } = useParams({ from: "/shell/recoveries/$id" });
  const { part } = useSearch({ from: "/shell/recoveries/$id" });
  const navigate = useNavigate();
  useLiveRecovery(id);
  const query = useQuery(detailQuery(id));
  const turn = (next: Part) =>
    void navigate({
      to: "/recoveries/$id",
      params: { id },
      search: next === "timeline" ? {} : { part: next },
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <BackLink to="/recoveries">{t("title")}</BackLink>
      <QueryView query={query}>
        {(recovery) => <RecoveryDetail recovery={recovery} part={part ?? "timeline"} onPart={turn} />}
      </QueryView>
    </>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Button, Card, Icon, ProblemNote } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { switchOrganization, useMe } from "@/lib/session";

import { GoLive } from "./go-live";

/** In the live organization: the way to the test one, and what a live one needs. */
export function LiveOrganization() {
  const t = useTranslations("onboarding");
  const client = useQueryClient();
  const { organization, organizations } = useMe();
  const twin = organizations.find(({ pair_id, mode }) => pair_id === organization.pair_id && mode === "test");
  const change = useMutation({ mutationFn: (id: string) => switchOrganization(client, id) });
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <Card>
        <div className="flex flex-col items-start gap-4">
          <span className="grid size-11 place-items-center rounded-full bg-warn-tint text-warn-text">
            <Icon name="flask" size={22} />
          </span>
          <div>
            <h2 className="text-xl font-semibold tracking-tight">{t("live.title")}</h2>
            <p className="mt-1.5 max-w-prose text-sm text-ink-soft">{t("live.text")}</p>
          </div>
          {change.error && <ProblemNote error={change.error} />}
          {twin ? (
            <Button look="primary" busy={change.isPending} onClick={() => change.mutate(twin.id)}>
              {t("live.switch")}
            </Button>
          ) : (
            <p className="text-sm text-ink-soft">{t("live.missing")}</p>
          )}
        </div>
      </Card>
      <GoLive />
    </div>
  );
}

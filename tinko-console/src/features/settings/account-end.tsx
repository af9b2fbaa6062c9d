import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { Banner, ConfirmDialog, toast } from "@/components";
import { api, dataOf, type Schemas } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

import { openCountQuery, type PspAccount } from "./queries";

type Props = { account: PspAccount; others: readonly PspAccount[]; onClose: () => void };

/** Changes an account and everything that shows it. */
export function useChangeAccount(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<Schemas["PspAccountChangeIn"]>) =>
      dataOf(
        api.PATCH("/v1/psp_accounts/{psp_account_id}", {
          params: { path: { psp_account_id: id } },
          body: body as Schemas["PspAccountChangeIn"],
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["psp_accounts"] }),
  });
}

/** Which open recoveries would have nowhere to charge: those of this PSP, or all if no other account is on. */
function Consequence({ account, others }: Omit<Props, "onClose">) {
  const t = useTranslations("settings");
  const on = others.filter((each) => each.id !== account.id && each.is_enabled);
  const last = on.length === 0;
  const same = on.some((each) => each.psp === account.psp);
  const query = useQuery(openCountQuery(last ? undefined : account.psp));
  if (query.data === undefined) {
    return <p role="status">{t(query.error ? "psp.notCounted" : "psp.counting")}</p>;
  }
  const { count, more } = query.data;
  const shown = `${count}${more ? "+" : ""}`;
  if (count === 0) return <Banner tone="info">{t("psp.noneHurt")}</Banner>;
  if (last) return <Banner tone="warn">{t("psp.allHurt", { count, shown })}</Banner>;
  return (
    <Banner tone={same ? "info" : "warn"}>
      {t(same ? "psp.someMove" : "psp.someHurt", { count, shown })}
    </Banner>
  );
}

/** Switches an account off; it can be switched on again. */
export function DisableAccountDialog({ account, others, onClose }: Props) {
  const t = useTranslations("settings");
  const change = useChangeAccount(account.id);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("psp.disableAsk", { name: account.label })}
      confirm={t("psp.disableIt")}
      onConfirm={async () => {
        await change.mutateAsync({ is_enabled: false });
        toast(t("psp.disabled", { name: account.label }), {
          action: { label: t("psp.enable"), run: () => change.mutate({ is_enabled: true }) },
        });
      }}
    >
      <p>{t("psp.disableText")}</p>
      <Consequence account={account} others={others} />
    </ConfirmDialog>
  );
}

/** Forgets an account and its secrets. */
export function DeleteAccountDialog({ account, others, onClose }: Props) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("psp.deleteAsk", { name: account.label })}
      confirm={t("psp.deleteIt")}
      onConfirm={async () => {
        await api.DELETE("/v1/psp_accounts/{psp_account_id}", {
          params: { path: { psp_account_id: account.id } },
        });
        await client.invalidateQueries({ queryKey: ["psp_accounts"] });
        toast(t("psp.deleted", { name: account.label }));
      }}
    >
      <p>{t("psp.deleteText")}</p>
      <Consequence account={account} others={others} />
      {account.is_enabled && <p>{t("psp.deleteInstead")}</p>}
    </ConfirmDialog>
  );
}

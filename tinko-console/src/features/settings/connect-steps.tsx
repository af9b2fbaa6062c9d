import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button, CodeBlock, ErrorState, Field, Form, Input, Skeleton, toast } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { NativeChoice } from "./account-edit";
import { useChangeAccount } from "./account-end";
import { Findings } from "./findings";
import { isProvider, nameOf, WEBHOOK_WORDS, webhookBody, type NativeRetries } from "./providers";
import { checkAccount, checkKey, type PspAccount } from "./queries";

/** Tells the provider our address, and us its secret. */
export function ConnectWebhook({ account, onNext }: { account: PspAccount; onNext: () => void }) {
  const t = useTranslations("settings");
  const change = useChangeAccount(account.id);
  const [secret, setSecret] = useState("");
  const known = isProvider(account.psp) ? account.psp : null;
  const word = known === null ? null : WEBHOOK_WORDS[known];
  const submit = async () => {
    await change.mutateAsync(webhookBody(account.psp, secret.trim()));
    onNext();
  };
  return (
    <Form fields={["webhook_secret", "credentials/webhook_id"]} onSubmit={submit}>
      {({ of, busy, note }) => (
        <>
          {note}
          <div className="flex flex-col gap-2 text-sm">
            <p>{t("connect.address", { psp: nameOf(account.psp) })}</p>
            <CodeBlock label={t("psp.webhookUrl")} code={account.webhook_url} />
            {known && known !== "sandbox" && (
              <p className="rounded-control bg-sunken p-3 text-ink-soft">{t(`connect.hook.${known}`)}</p>
            )}
          </div>
          <Field
            label={word ?? t("psp.webhookSecret")}
            hint={t("connect.secretHint")}
            error={of("webhook_secret") ?? of("credentials/webhook_id")}
          >
            <Input
              value={secret}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              onChange={(event) => setSecret(event.target.value)}
            />
          </Field>
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="ghost" onClick={onNext}>
              {t("connect.later")}
            </Button>
            <Button type="submit" look="primary" busy={busy} disabled={busy || secret.trim() === ""}>
              {t("connect.next")}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}

/** Asks the provider whether it works, and only then puts the account to use. */
export function ConnectCheck({ account, onClose }: { account: PspAccount; onClose: () => void }) {
  const t = useTranslations("settings");
  const client = useQueryClient();
  const change = useChangeAccount(account.id);
  const [native, setNative] = useState<NativeRetries>("wait");
  const check = useQuery({
    queryKey: checkKey(account.id),
    queryFn: () => checkAccount(account.id),
    staleTime: 5_000,
    gcTime: Infinity,
    retry: false,
  });
  const use = async () => {
    await change.mutateAsync({ is_enabled: true, native_retries: native });
    void client.invalidateQueries({ queryKey: ["onboarding"] });
    toast(t("connect.done", { name: account.label }));
    onClose();
  };
  const ok = check.data?.found.ok ?? false;
  return (
    <Form fields={["native_retries"]} onSubmit={use}>
      {({ busy, note }) => (
        <>
          {note}
          {check.data ? (
            <Findings check={check.data} />
          ) : check.error ? (
            <ErrorState error={check.error} />
          ) : (
            <div role="status">
              <p className="mb-2 text-sm text-ink-soft">
                {t("connect.asking", { psp: nameOf(account.psp) })}
              </p>
              <Skeleton className="h-12" />
            </div>
          )}
          {account.psp !== "sandbox" && <NativeChoice value={native} onChange={setNative} />}
          <p className="text-xs text-ink-faint">{t("connect.offHint")}</p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="ghost" onClick={onClose}>
              {t("connect.keepOff")}
            </Button>
            <Button icon="refresh" busy={check.isFetching} onClick={() => void check.refetch()}>
              {t("psp.testAgain")}
            </Button>
            <Button type="submit" look="primary" busy={busy} disabled={busy || check.isFetching}>
              {t(ok ? "connect.use" : "connect.useAnyway")}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}

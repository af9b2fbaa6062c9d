import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";

import { Dialog, Skeleton } from "@/components";
import { needMessages, useTranslations } from "@/lib/i18n";
import { preloadable } from "@/lib/preloadable";
import { meQuery, sessionState } from "@/lib/session";
import { useStore } from "@/lib/store";

const signIn = preloadable(async () => {
  const [module] = await Promise.all([import("@/features/auth/sign-in-form"), needMessages("auth")]);
  return module.SignInForm;
});

/** Fetches the form before it is needed. */
export const preloadSignIn = signIn.preload;

/** The session is over while a page is open: sign in over it, and nothing typed is lost. */
export function SessionEnded() {
  const t = useTranslations("common");
  const ended = useStore(sessionState) === "ended";
  const { data } = useQuery({ ...meQuery, enabled: false });
  const email = data?.user.email ?? "";
  return (
    <Dialog
      open={ended}
      onOpenChange={() => undefined}
      closable={false}
      title={t("session.ended")}
      description={t("session.endedText")}
    >
      <Suspense fallback={<Skeleton className="h-40" />}>
        <signIn.Component email={email} onDone={() => sessionState.set("alive")} />
      </Suspense>
    </Dialog>
  );
}

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { IntlProvider } from "use-intl";

import { toast, Toaster } from "@/components";
import { whenBack } from "@/lib/connection";
import { useLoadedMessages, useTranslations } from "@/lib/i18n";
import { createQueryClient } from "@/lib/query";
import { watchSession } from "@/lib/session";

import { createAppRouter } from "./router";
import { SessionEnded } from "./session-ended";

/** Everything, in its providers. */
export function App() {
  const { locale, words } = useLoadedMessages();
  const [client] = useState(createQueryClient);
  const [router] = useState(() => createAppRouter(client));
  return (
    <IntlProvider
      locale={locale}
      messages={words}
      timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <SessionEnded />
        <Toaster />
        <Watches client={client} />
      </QueryClientProvider>
    </IntlProvider>
  );
}

function Watches({ client }: { client: ReturnType<typeof createQueryClient> }) {
  const t = useTranslations("common");
  useEffect(
    () => watchSession(client, () => toast(t("session.switchedElsewhere"), { tone: "info" })),
    [client, t],
  );
  useEffect(() => whenBack(() => void client.invalidateQueries()), [client]);
  return null;
}

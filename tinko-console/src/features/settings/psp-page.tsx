import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { Banner, Button, Card, EmptyState, PageHeader, QueryView } from "@/components";
import { useTranslations } from "@/lib/i18n";
import { useCan, useMe } from "@/lib/session";

import { AccountCard } from "./account-card";
import { ConnectDialog } from "./connect-dialog";
import { accountsQuery, statusQuery } from "./queries";

export function PspPage(): ReactNode {
  const t = useTranslations("settings");
  const live = useMe().mode === "live";
  const can = useCan()("psp_accounts:write");
  const query = useQuery(accountsQuery);
  const health = useQuery(statusQuery);
  const [connecting, setConnecting] = useState(false);
  const connect = (
    <Button look="primary" icon="plus" disabled={!can} onClick={() => setConnecting(true)}>
      {t("psp.connect")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("psp.title")} description={t("psp.description")} actions={connect} />
      {!can && (
        <div className="mb-4">
          <Banner>{t("adminOnly")}</Banner>
        </div>
      )}
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <EmptyState icon="plug" title={t("psp.empty")} action={connect}>
                {t(live ? "psp.emptyLive" : "psp.emptyTest")}
              </EmptyState>
            </Card>
          ) : (
            <>
              {!items.some((each) => each.is_enabled) && (
                <div className="mb-4">
                  <Banner tone="warn">{t("psp.noneOn")}</Banner>
                </div>
              )}
              <ul className="flex flex-col gap-4">
                {[...items]
                  .sort((a, b) => Number(b.is_enabled) - Number(a.is_enabled) || a.priority - b.priority)
                  .map((account) => (
                    <li key={account.id}>
                      <AccountCard account={account} others={items} health={health.data ?? null} />
                    </li>
                  ))}
              </ul>
            </>
          )
        }
      </QueryView>
      {connecting && <ConnectDialog onClose={() => setConnecting(false)} />}
    </>
  );
}

import { Badge, Card, DateTime, TextLink } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { Code, FactList } from "./fact-list";
import type { Detail } from "./queries";
import { useWords } from "./words";

/** Who is to pay; masked for who may not see contacts. */
export function PayerCard({ recovery }: { recovery: Pick<Detail, "customer"> }) {
  const t = useTranslations("recoveries");
  const { customer } = recovery;
  const known = [customer.ref, customer.name, customer.email, customer.phone].some((each) => each !== null);
  return (
    <Card
      title={t("payer.title")}
      actions={customer.masked && <Badge icon="shield">{t("payer.masked")}</Badge>}
    >
      {known ? (
        <FactList
          facts={[
            [t("payer.name"), customer.name],
            [t("payer.email"), customer.email && <Address key="email">{customer.email}</Address>],
            [t("payer.phone"), customer.phone],
            [t("payer.ref"), customer.ref],
            [t("payer.language"), customer.locale],
            [t("payer.place"), [customer.country, customer.timezone].filter(Boolean).join(" · ")],
          ]}
        />
      ) : (
        <p className="text-sm text-ink-soft">{t("payer.unknown")}</p>
      )}
      {customer.masked && <p className="mt-3 text-xs text-ink-faint">{t("payer.maskedText")}</p>}
    </Card>
  );
}

/** What it is, for who looks it up elsewhere. */
export function FactsCard({ recovery }: { recovery: Detail }) {
  const t = useTranslations("recoveries");
  const words = useWords();
  return (
    <Card title={t("facts.title")}>
      <FactList
        facts={[
          [t("facts.why"), words.reason(recovery.reason)],
          [t("facts.category"), words.category(recovery.category)],
          [t("facts.hardness"), t(recovery.hardness === "hard" ? "facts.hard" : "facts.soft")],
          [t("facts.charges"), recovery.charges_made],
          [t("facts.opened"), <DateTime key="opened" at={recovery.opened_at} absolute />],
          [t("facts.window"), <DateTime key="window" at={recovery.window_ends_at} absolute />],
          [t("facts.ended"), recovery.ended_at && <DateTime key="ended" at={recovery.ended_at} absolute />],
          [
            t("facts.policy"),
            <TextLink key="policy" to="/policies/$id" params={{ id: recovery.policy_id }}>
              {t("facts.version", { version: recovery.policy_version })}
            </TextLink>,
          ],
          [t("facts.recovery"), <Code key="recovery">{recovery.id}</Code>],
          [t("facts.transaction"), <Code key="transaction">{recovery.transaction_id}</Code>],
        ]}
      />
    </Card>
  );
}

/** A mail address may break at its @ first. */
function Address({ children }: { children: string }) {
  const [name = "", host = ""] = children.split(/(?=@)/);
  return (
    <>
      {name}
      <wbr />
      {host}
    </>
  );
}

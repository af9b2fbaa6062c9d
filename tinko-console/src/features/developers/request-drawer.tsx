import { useQuery } from "@tanstack/react-query";

import { Banner, CopyButton, DateTime, Drawer, JsonView, QueryView, Fact, Facts } from "@/components";
import type { Schemas } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { HttpStatus } from "./http-status";
import { explanationOf } from "./problems";
import { requestQuery } from "./queries";

/** One request: what was asked and answered, and what an error means. */
export function RequestDrawer({
  id,
  nameOf,
  onClose,
}: {
  id: string;
  nameOf: (actor: string) => string;
  onClose: () => void;
}) {
  const t = useTranslations("developers");
  const query = useQuery(requestQuery(id));
  const title = query.data ? `${query.data.method} ${query.data.path}` : t("requests.one");
  return (
    <Drawer
      open
      onOpenChange={onClose}
      title={<span className="font-mono text-[15px] break-all">{title}</span>}
    >
      <QueryView query={query}>{(request) => <Detail request={request} nameOf={nameOf} />}</QueryView>
    </Drawer>
  );
}

function Detail({
  request,
  nameOf,
}: {
  request: Schemas["RequestDetail"];
  nameOf: (actor: string) => string;
}) {
  const t = useTranslations("developers");
  const format = useFormat();
  const meaning = explanationOf(request.status, request.error_code);
  return (
    <div className="flex flex-col gap-5">
      {meaning && (
        <Banner tone={request.status < 500 ? "warn" : "bad"}>
          {request.error_code && <p className="font-mono text-xs">{request.error_code}</p>}
          <p>{t(`problems.${meaning}`)}</p>
        </Banner>
      )}
      <Facts>
        <Fact label={t("requests.status")}>
          <HttpStatus status={request.status} />
        </Fact>
        <Fact label={t("requests.at")}>
          <DateTime machine absolute at={request.at} />
        </Fact>
        <Fact label={t("requests.took")}>{t("requests.ms", { ms: format.number(request.duration_ms) })}</Fact>
        <Fact label={t("requests.by")}>
          <span className="break-all">{nameOf(request.actor)}</span>
        </Fact>
        <Fact label={t("requests.ip")}>{request.ip}</Fact>
        {request.query && (
          <Fact label={t("requests.query")}>
            <code className="font-mono text-xs break-all">{request.query}</code>
          </Fact>
        )}
        <Fact label={t("requests.id")}>
          <code className="font-mono text-xs break-all">{request.request_id}</code>
          <CopyButton text={request.request_id} />
        </Fact>
      </Facts>
      <p className="text-xs text-ink-faint">{t("requests.masked")}</p>
      <Body title={t("requests.body")} value={request.request_body} truncated={request.request_truncated} />
      <Body
        title={t("requests.answerBody")}
        value={request.response_body}
        truncated={request.response_truncated}
      />
    </div>
  );
}

function Body({ title, value, truncated }: { title: string; value: unknown; truncated: boolean }) {
  const t = useTranslations("developers");
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-sm font-semibold">{title}</h3>
      {value === null || value === undefined ? (
        <p className="text-sm text-ink-faint">{t("requests.noBody")}</p>
      ) : (
        <JsonView label={title} value={value} />
      )}
      {truncated && <p className="text-xs text-warn-text">{t("requests.truncated")}</p>}
    </section>
  );
}

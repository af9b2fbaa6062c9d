import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { Card, ProblemNote, Skeleton } from "@/components";
import { isProblem } from "@/lib/api";
import { cx } from "@/lib/cx";
import { useDebounced } from "@/lib/hooks";
import { useTranslations } from "@/lib/i18n";
import { useMe } from "@/lib/session";

import { MailBody } from "./mail-body";
import type { Language, Place } from "./places";
import { previewQuery, type Preview, type Words } from "./queries";
import { segmentsOf } from "./segments";

/** What payers will see, filled in with made-up facts. */
export function PreviewCard({ place, language, words }: { place: Place; language: Language; words: Words }) {
  const t = useTranslations("templates");
  const settled = useDebounced(words, 350);
  const query = useQuery({
    ...previewQuery(place, language, settled),
    placeholderData: keepPreviousData,
  });
  return (
    <Card title={t("preview.title")} description={t("preview.lead")}>
      <div className="flex flex-col gap-4">
        {query.error &&
          (isProblem(query.error, "template_invalid") ? (
            <Mistakes error={query.error} />
          ) : (
            <ProblemNote error={query.error} />
          ))}
        {!query.error && query.data && (
          <div lang={language} className={cx("transition-opacity", query.isPlaceholderData && "opacity-60")}>
            {place.channel === "email" ? (
              <Mail preview={query.data} />
            ) : (
              <Bubble preview={query.data} channel={place.channel} />
            )}
          </div>
        )}
        {query.isPending && (
          <div aria-busy="true" className="flex flex-col gap-3">
            <Skeleton className="w-2/3" />
            <Skeleton className="h-40" />
          </div>
        )}
      </div>
    </Card>
  );
}

function Mistakes({
  error,
}: {
  error: { errors: readonly { pointer: string; detail: string }[]; detail: string };
}) {
  const t = useTranslations("templates");
  return (
    <div role="status" className="rounded-control bg-warn-tint p-3 text-sm text-warn-text">
      <p className="font-medium">{t("preview.cannot")}</p>
      <ul lang="en" className="mt-1 list-disc pl-5">
        {error.errors.map((each) => (
          <li key={`${each.pointer}${each.detail}`}>
            <code className="font-mono text-xs">{each.pointer.slice(1)}</code> {each.detail}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Mail({ preview }: { preview: Preview }) {
  const t = useTranslations("templates");
  const { organization } = useMe();
  return (
    <div className="overflow-hidden rounded-control border border-line">
      <div className="border-b border-line bg-sunken px-4 py-3 text-sm">
        <p className="text-xs text-ink-soft">
          {t("preview.from")} <span className="font-medium text-ink">{organization.name}</span>
        </p>
        <p className="mt-0.5 font-semibold">{preview.subject}</p>
      </div>
      <MailBody html={preview.html} />
    </div>
  );
}

function Bubble({ preview, channel }: { preview: Preview; channel: "sms" | "whatsapp" }) {
  const t = useTranslations("templates");
  const segments = segmentsOf(preview.text);
  return (
    <>
      <div className="mx-auto max-w-sm rounded-[1.75rem] border border-line-strong bg-sunken p-4 pb-8">
        <p className="mb-3 text-center text-xs text-ink-soft">{t(`channels.${channel}`)}</p>
        <div
          className={cx(
            "rounded-2xl rounded-tl-sm px-3.5 py-2.5 text-sm break-words whitespace-pre-wrap text-ink",
            channel === "whatsapp" ? "bg-good-tint" : "bg-surface",
          )}
        >
          {preview.text}
        </div>
      </div>
      {channel === "sms" ? (
        <p className="mt-3 text-sm text-ink-soft">
          <span className="font-medium text-ink">{t("segments.count", { count: segments.count })}</span>{" "}
          {t(segments.unicode ? "segments.unicode" : "segments.plain", { units: segments.units })}{" "}
          {t("segments.hint")}
        </p>
      ) : (
        <p className="mt-3 text-sm text-ink-soft">{t("preview.whatsapp")}</p>
      )}
    </>
  );
}

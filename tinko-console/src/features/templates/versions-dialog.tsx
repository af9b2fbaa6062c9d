import { useQuery } from "@tanstack/react-query";

import { Badge, Button, DateTime, Dialog, QueryView, Skeleton } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { versionsQuery, type Template, type Words } from "./queries";

/** What the text said before; any of it can be taken up again. */
export function VersionsDialog({
  template,
  may,
  onTake,
  onClose,
}: {
  template: Template;
  may: boolean;
  onTake: (words: Words) => void;
  onClose: () => void;
}) {
  const t = useTranslations("templates");
  const query = useQuery(versionsQuery(template.id));
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={t("versions.title")}
      description={t("versions.lead")}
    >
      <QueryView query={query} skeleton={<Skeleton className="h-32" />}>
        {({ items }) => (
          <ol className="flex flex-col gap-4">
            {items.map((each) => (
              <li key={each.version} className="rounded-control border border-line p-3.5">
                <div className="flex flex-wrap items-center justify-between gap-2">
                  <p className="flex items-center gap-2 text-sm font-medium">
                    {t("versions.version", { version: each.version })}
                    {each.version === template.version && (
                      <Badge tone="good" icon="check">
                        {t("versions.used")}
                      </Badge>
                    )}
                    <span className="text-xs font-normal text-ink-soft">
                      <DateTime at={each.created_at} />
                    </span>
                  </p>
                  {each.version !== template.version && (
                    <Button
                      size="sm"
                      disabled={!may}
                      onClick={() => onTake({ subject: each.subject, text: each.text, html: each.html })}
                    >
                      {t("versions.take")}
                    </Button>
                  )}
                </div>
                {template.channel === "email" && <p className="mt-2 text-sm font-medium">{each.subject}</p>}
                <p className="mt-1 text-sm break-words whitespace-pre-wrap text-ink-soft">{each.text}</p>
              </li>
            ))}
          </ol>
        )}
      </QueryView>
    </Dialog>
  );
}

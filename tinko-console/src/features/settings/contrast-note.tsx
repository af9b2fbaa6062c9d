import { Badge } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { contrast, DARK_CARD, LIGHT_CARD, movedAway, SHAPE, textOn } from "./colors";

/** Whether a colour is legible, and what the payer's page does about it where it is not. */
export function ContrastNote({ color }: { color: string }) {
  const t = useTranslations("settings");
  const format = useFormat();
  const text = textOn(color);
  const ratio = (value: number) => format.number(value, { maximumFractionDigits: 1 });
  const moved = [LIGHT_CARD, DARK_CARD].filter((card) => movedAway(color, card, SHAPE) !== color);
  return (
    <div role="status" className="flex flex-col gap-1.5 rounded-control bg-sunken p-3 text-xs text-ink-soft">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone="good" icon="check">
          {t("branding.legible")}
        </Badge>
        {t(text === "#ffffff" ? "branding.whiteText" : "branding.blackText", {
          ratio: ratio(contrast(color, text)),
        })}
      </p>
      {moved.map((card) => (
        <p key={card} className="flex flex-wrap items-center gap-2">
          <Badge tone="warn" icon="info">
            {t("branding.adjusted")}
          </Badge>
          {t(card === LIGHT_CARD ? "branding.onLight" : "branding.onDark", {
            ratio: ratio(contrast(color, card)),
          })}
        </p>
      ))}
    </div>
  );
}

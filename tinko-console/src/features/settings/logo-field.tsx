import { useRef, useState } from "react";

import { Button, Icon } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

/** The logo that is there (or none), or one that was just chosen, as a data URL. */
export type Logo = { kind: "kept" | "new"; url: string | null };

export const MOST_BYTES = 20_000;
const TYPES = ["image/png", "image/jpeg", "image/webp"];

const asDataUrl = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === "string" ? reader.result : "");
    reader.onerror = () => reject(new Error("The file could not be read."));
    reader.readAsDataURL(file);
  });

/** Chooses, shows and takes away the logo; says the limits before, and what is wrong after. */
export function LogoField({
  logo,
  disabled,
  error,
  onChange,
}: {
  logo: Logo;
  disabled: boolean;
  error: string | undefined;
  onChange: (logo: Logo) => void;
}) {
  const t = useTranslations("settings");
  const format = useFormat();
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    if (!TYPES.includes(file.type)) return setRefused(t("branding.logoType"));
    if (file.size > MOST_BYTES) {
      const size = format.number(Math.ceil(file.size / 1_000));
      return setRefused(t("branding.logoLarge", { size }));
    }
    setRefused(null);
    onChange({ kind: "new", url: await asDataUrl(file) });
  };
  const wrong = refused ?? error;
  return (
    <fieldset className="flex flex-col gap-1.5" disabled={disabled}>
      <legend className="mb-1.5 text-sm font-medium">{t("branding.logo")}</legend>
      <div className="flex flex-wrap items-center gap-3">
        <div className="grid h-14 w-28 place-items-center rounded-control border border-line bg-white p-2">
          {logo.url ? (
            <img src={logo.url} alt={t("branding.logoAlt")} className="max-h-full max-w-full" />
          ) : (
            <span className="text-neutral-500">
              <Icon name="palette" size={20} />
            </span>
          )}
        </div>
        <input
          ref={input}
          type="file"
          accept={TYPES.join(",")}
          aria-label={t("branding.chooseLogo")}
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            void choose(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
        <Button onClick={() => input.current?.click()}>{t("branding.chooseLogo")}</Button>
        {logo.url && (
          <Button look="ghost" icon="trash" onClick={() => onChange({ kind: "kept", url: null })}>
            {t("branding.removeLogo")}
          </Button>
        )}
      </div>
      <p className="text-xs text-ink-faint">{t("branding.logoHint")}</p>
      {wrong && (
        <p role="alert" className="flex items-start gap-1.5 text-xs text-bad-text">
          <Icon name="alert" size={14} className="mt-0.5" />
          {wrong}
        </p>
      )}
    </fieldset>
  );
}

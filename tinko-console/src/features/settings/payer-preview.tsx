import { useState } from "react";

import { Card, Tabs } from "@/components";
import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";

import { DARK_CARD, LIGHT_CARD, paletteOn } from "./colors";

type Look = { name: string; color: string; logo: string | null; currency: string };
const EXAMPLE = 129_900;

/** The payer's page as it will look, on a light and on a dark phone. */
export function PayerPreview(look: Look) {
  const t = useTranslations("settings");
  const [theme, setTheme] = useState<"light" | "dark">("light");
  return (
    <Card title={t("branding.preview")} description={t("branding.previewText")}>
      <Tabs
        label={t("branding.preview")}
        value={theme}
        onChange={setTheme}
        tabs={(["light", "dark"] as const).map((value) => ({
          value,
          label: t(`branding.${value}`),
          content: <Phone {...look} dark={value === "dark"} />,
        }))}
      />
    </Card>
  );
}

function Phone({ name, color, logo, currency, dark }: Look & { dark: boolean }) {
  const t = useTranslations("settings");
  const format = useFormat();
  const card = dark ? DARK_CARD : LIGHT_CARD;
  const palette = paletteOn(color, card);
  const ink = dark ? "#f2f4f7" : "#16181d";
  const soft = dark ? "#b4bac4" : "#565d69";
  return (
    <div
      className="mx-auto max-w-80 rounded-2xl border border-line p-4"
      style={{ background: dark ? "#0f1115" : "#f4f5f7", colorScheme: dark ? "dark" : "light" }}
    >
      <div className="flex flex-col gap-3 rounded-xl p-5" style={{ background: card, color: ink }}>
        <div className="flex min-h-8 items-center gap-2.5">
          {logo && <img src={logo} alt="" className="max-h-8 max-w-24" />}
          <p className="min-w-0 font-semibold break-words">{name}</p>
        </div>
        <p className="text-2xl font-semibold tabular-nums">{format.money(EXAMPLE, currency)}</p>
        <p className="text-sm" style={{ color: soft }}>
          {t("branding.example")}
        </p>
        <span
          className="mt-1 grid h-11 place-items-center rounded-lg border text-sm font-semibold"
          style={{ background: palette.fill, color: palette.text, borderColor: palette.edge }}
        >
          {t("branding.pay", { amount: format.money(EXAMPLE, currency) })}
        </span>
        <span className="text-center text-sm font-medium underline" style={{ color: palette.link }}>
          {t("branding.other")}
        </span>
      </div>
    </div>
  );
}

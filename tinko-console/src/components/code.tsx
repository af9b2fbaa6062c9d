import { useState } from "react";
import { useTranslations } from "use-intl";

import { Button, IconButton } from "./button";
import { toast } from "./toast";

/** Copies a text; says so. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const t = useTranslations("common");
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
      toast(t("states.copied"));
    } catch {
      toast(t("errors.copy"), { tone: "bad" });
    }
  };
  const icon = copied ? "check" : "copy";
  if (label === undefined) {
    return <IconButton icon={icon} size="sm" label={t("actions.copy")} onClick={() => void copy()} />;
  }
  return (
    <Button icon={icon} size="sm" onClick={() => void copy()}>
      {label}
    </Button>
  );
}

/** Code or a payload to read and copy; scrolls in its own box. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative rounded-control border border-line bg-sunken">
      <div className="absolute top-1.5 right-1.5 rounded-control bg-sunken">
        <CopyButton text={code} />
      </div>
      {/* A box that scrolls has to be reachable by keyboard. */}
      {/* eslint-disable jsx-a11y/no-noninteractive-tabindex */}
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className="max-h-96 overflow-auto p-3.5 pr-12 font-mono text-xs leading-relaxed"
      >
        {code}
      </pre>
      {/* eslint-enable jsx-a11y/no-noninteractive-tabindex */}
    </div>
  );
}

/** JSON, indented. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  return <CodeBlock label={label} code={JSON.stringify(value, null, 2)} />;
}

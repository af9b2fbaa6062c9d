import { useState, type ReactNode } from "react";

import { Field, Input } from "@/components";
import { isProblem } from "@/lib/api";
import { useTranslations } from "@/lib/i18n";

type Code = { totp_code?: string };

/** The code of who set up two-step sign-in: asked for once the password was right. */
export function useSecondStep() {
  const [asked, setAsked] = useState(false);
  const [code, setCode] = useState("");
  return {
    asked,
    code,
    setCode,
    back: () => {
      setAsked(false);
      setCode("");
    },
    /** Does it with the code that was typed; false if a code is asked for first. */
    attempt: async (act: (code: Code) => Promise<unknown>): Promise<boolean> => {
      const typed = code.replaceAll(/\s/g, "");
      try {
        await act(asked && typed ? { totp_code: typed } : {});
        return true;
      } catch (error) {
        if (!isProblem(error, "totp_required")) throw error;
        setAsked(true);
        return false;
      }
    },
  };
}

/** Where the code is typed; has the focus when it appears. */
export function CodeField({
  step,
  error,
}: {
  step: ReturnType<typeof useSecondStep>;
  error: string | undefined;
}): ReactNode {
  const t = useTranslations("auth");
  if (!step.asked) return null;
  return (
    <Field label={t("fields.code")} hint={t("signIn.codeHint")} error={error} required>
      <Input
        name="totp_code"
        ref={focusOnce}
        autoComplete="one-time-code"
        value={step.code}
        onChange={(event) => step.setCode(event.target.value)}
      />
    </Field>
  );
}

/** For `ref`: the field has the focus as soon as it is there. */
export const focusOnce = (input: HTMLInputElement | null) => input?.focus();

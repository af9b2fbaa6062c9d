import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";

import { TextLink } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { Frame } from "./frame";
import { SignInForm } from "./sign-in-form";

export function SignInPage() {
  const t = useTranslations("auth");
  const { next } = useSearch({ from: "/public/sign-in" });
  const navigate = useNavigate();
  const router = useRouter();
  const goOn = () => {
    if (next === undefined) void navigate({ to: "/" });
    else router.history.push(`${router.basepath}${next}`);
  };
  return (
    <Frame
      title={t("signIn.title")}
      description={t("signIn.description")}
      below={
        <>
          {t("signIn.new")} <TextLink to="/sign-up">{t("signUp.title")}</TextLink>
        </>
      }
    >
      <SignInForm onDone={goOn} />
      <p className="mt-4 text-sm">
        <TextLink to="/forgot">{t("signIn.forgot")}</TextLink>
      </p>
    </Frame>
  );
}

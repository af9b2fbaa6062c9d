import type { ReactNode } from "react";

import { PageHeader } from "@/components";
import { useTranslations } from "@/lib/i18n";

import { PasswordCard } from "./password-card";
import { ProfileCard } from "./profile-card";
import { SessionsCard } from "./sessions-card";
import { TwoStepCard } from "./two-step-card";

export function SecurityPage(): ReactNode {
  const t = useTranslations("settings");
  return (
    <>
      <PageHeader title={t("security.title")} description={t("security.description")} />
      <div className="flex flex-col gap-5">
        <ProfileCard />
        <PasswordCard />
        <TwoStepCard />
        <SessionsCard />
      </div>
    </>
  );
}

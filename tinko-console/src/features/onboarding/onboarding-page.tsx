import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { Button, PageHeader, QueryView, toast, useProblemText } from "@/components";
import { randomKey } from "@/lib/ids";
import { useTranslations } from "@/lib/i18n";
import { useLive } from "@/lib/live";
import { useCan, useMe } from "@/lib/session";

import { Done } from "./done-step";
import { FailureStep, type Draft } from "./failure-step";
import { Way } from "./frame";
import { LiveOrganization } from "./live-organization";
import { OrganizationStep } from "./organization-step";
import { PolicyStep } from "./policy-step";
import { PspStep } from "./psp-step";
import { onboardingQuery, useDismiss } from "./queries";
import { placeOf, useOnboardingSearch, type Place } from "./search";
import { WatchStep } from "./watch-step";

const REFERENCE_LENGTH = 6;
const newReference = () => `first-${randomKey().slice(0, REFERENCE_LENGTH)}`;

/** Five steps that end with a payment that came back. */
export function OnboardingPage(): ReactNode {
  const t = useTranslations("onboarding");
  const { organization } = useMe();
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} />
      {organization.mode === "test" ? <Steps /> : <LiveOrganization />}
    </>
  );
}

function Steps() {
  const query = useQuery(onboardingQuery);
  const search = useOnboardingSearch();
  // The key is kept as long as the page is open, so that a step can be left and come back to.
  const [draft, setDraft] = useState<Draft>(() => ({ reference: newReference(), secret: null }));
  const [begunAt, setBegunAt] = useState<Place | null>(null);
  useLive("recoveries", "events", "charges", "clock");
  return (
    <QueryView query={query}>
      {({ steps, dismissed }) => {
        // Without a step in the URL the page stays where one began until one goes on.
        const place = search.step ?? begunAt ?? placeOf(steps);
        if (search.step === undefined && begunAt === null) setBegunAt(place);
        const step = (name: string) => steps.find((each) => each.name === name);
        return (
          <div className="grid items-start gap-5 lg:grid-cols-[15rem_minmax(0,1fr)] lg:gap-8">
            <div className="flex flex-col gap-3">
              <Way steps={steps} place={place} />
              {!dismissed && <Hide />}
            </div>
            <FocusOn place={place} />
            {place === "organization" && <OrganizationStep />}
            {place === "psp" && <PspStep step={step("psp")} />}
            {place === "first_event" && (
              <FailureStep
                draft={draft}
                onDraft={setDraft}
                onAnother={() => setDraft((now) => ({ ...now, reference: newReference() }))}
              />
            )}
            {place === "recovered" && <WatchStep />}
            {place === "policy" && <PolicyStep step={step("policy")} />}
            {place === "done" && <Done left={steps.filter(({ done }) => !done).length} />}
          </div>
        );
      }}
    </QueryView>
  );
}

/** The button that led to a step is gone with the one before: the new step's heading takes the focus. */
function FocusOn({ place }: { place: Place }) {
  const before = useRef(place);
  useEffect(() => {
    if (before.current !== place) document.querySelector<HTMLElement>("[data-step-heading]")?.focus();
    before.current = place;
  }, [place]);
  return null;
}

function Hide() {
  const t = useTranslations("onboarding");
  const text = useProblemText();
  const dismiss = useDismiss();
  if (!useCan()("policies:write")) return null;
  return (
    <Button
      look="ghost"
      size="sm"
      className="!justify-start max-lg:hidden"
      busy={dismiss.isPending}
      onClick={() =>
        dismiss.mutate(undefined, {
          onSuccess: () => toast(t("go.hidden")),
          onError: (error) => toast(text(error), { tone: "bad" }),
        })
      }
    >
      <span className="text-left text-xs whitespace-normal">{t("go.hide")}</span>
    </Button>
  );
}

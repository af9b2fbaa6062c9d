import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Icon, LinkButton } from "@/components";
import { cx } from "@/lib/cx";
import { useTranslations } from "@/lib/i18n";

import { STEPS, type OnboardingSearch, type Place, type StepName } from "./search";

type Step = { name: StepName; done: boolean };

/** The way: every step can be left and come back to. */
export function Way({ steps, place }: { steps: readonly Step[]; place: Place }) {
  const t = useTranslations("onboarding");
  const all = [...STEPS.map((name) => ({ name, done: steps.some((s) => s.name === name && s.done) }))];
  return (
    <nav aria-label={t("steps.label")}>
      <ol className="flex gap-1 max-lg:justify-between lg:flex-col">
        {all.map(({ name, done }, index) => (
          <li key={name} className="lg:w-full">
            <PlaceLink
              name={name}
              place={place}
              mark={done ? <Icon name="check" size={15} /> : index + 1}
              done={done}
            >
              <span className="sr-only">, {t(done ? "states.done" : "states.left")}</span>
            </PlaceLink>
          </li>
        ))}
        <li className="lg:mt-2 lg:w-full lg:border-t lg:border-line lg:pt-2">
          <PlaceLink name="done" place={place} mark={<Icon name="sparkle" size={15} />} done={false} />
        </li>
      </ol>
    </nav>
  );
}

function PlaceLink({
  name,
  place,
  mark,
  done,
  children,
}: {
  name: Place;
  place: Place;
  mark: ReactNode;
  done: boolean;
  children?: ReactNode;
}) {
  const t = useTranslations("onboarding");
  const here = name === place;
  return (
    <Link
      to="/onboarding"
      resetScroll={false}
      search={(now: OnboardingSearch) => ({ ...now, step: name })}
      aria-current={here ? "step" : undefined}
      className={cx(
        "flex items-center gap-3 rounded-control p-1.5 text-sm lg:px-2.5 lg:py-2",
        here ? "bg-accent-tint font-medium text-accent-text" : "text-ink-soft hover:bg-hover hover:text-ink",
      )}
    >
      <span
        className={cx(
          "grid size-7 shrink-0 place-items-center rounded-full text-xs font-semibold",
          done ? "bg-good-tint text-good-text" : here ? "bg-accent text-accent-ink" : "bg-sunken",
        )}
      >
        {mark}
      </span>
      <span className="max-lg:sr-only">
        {t(`steps.${name}`)}
        {children}
      </span>
    </Link>
  );
}

/** One step: what it is about, its content, and the way on. The page puts the focus on its heading when one comes to it. */
export function Panel({
  title,
  text,
  next,
  children,
}: {
  title: string;
  text?: ReactNode;
  /** Where it goes on without doing anything here. */
  next?: Place | undefined;
  children: ReactNode;
}) {
  const t = useTranslations("onboarding");
  return (
    <section className="min-w-0 rounded-card border border-line bg-surface shadow-card">
      <div className="flex flex-col gap-5 p-5 sm:p-7">
        <div>
          <h2 tabIndex={-1} data-step-heading className="text-xl font-semibold tracking-tight outline-none">
            {title}
          </h2>
          {text && <p className="mt-1.5 max-w-prose text-sm text-ink-soft">{text}</p>}
        </div>
        {children}
      </div>
      {next && (
        <footer className="flex justify-end border-t border-line px-5 py-3 sm:px-7">
          <LinkButton
            to="/onboarding"
            look="ghost"
            resetScroll={false}
            search={(now: OnboardingSearch) => ({ ...now, step: next })}
          >
            {t("go.next")}
            <Icon name="arrow-right" size={16} />
          </LinkButton>
        </footer>
      )}
    </section>
  );
}

/** Why an act is not offered to this person. */
export function Why({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-start gap-2 text-sm text-ink-soft">
      <Icon name="shield" size={16} className="mt-0.5" />
      {children}
    </p>
  );
}

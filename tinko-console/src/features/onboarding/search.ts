import { useRouterState } from "@tanstack/react-router";

import { compact, oneOf, textParam, type Search } from "@/lib/search";

/** The steps in their order, as the API names them. */
export const STEPS = ["organization", "psp", "first_event", "recovered", "policy"] as const;
export type StepName = (typeof STEPS)[number];
export type Place = StepName | "done";

/** Which step is open, and which recovery is being watched. */
export type OnboardingSearch = { step?: Place; recovery?: string };

/** Reads the URL's search parameters. */
export function readSearch(search: Search): OnboardingSearch {
  return compact({ step: oneOf(search.step, [...STEPS, "done"]), recovery: textParam(search.recovery, 64) });
}

/** The page's search parameters. */
export function useOnboardingSearch(): OnboardingSearch {
  return useRouterState({ select: ({ location }) => readSearch(location.search as Search) });
}

/** Where one stands: the first step that is left. */
export function placeOf(steps: readonly { name: StepName; done: boolean }[]): Place {
  return steps.find((step) => !step.done)?.name ?? "done";
}

/** The step behind one. */
export function after(step: StepName): Place {
  return STEPS[STEPS.indexOf(step) + 1] ?? "done";
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { useFormat } from "@/lib/format";
import { useTranslations } from "@/lib/i18n";
import { meQuery, useCan } from "@/lib/session";

import { accountsQuery, membersQuery } from "./queries";

const BRANDS: Record<string, string> = {
  stripe: "Stripe",
  razorpay: "Razorpay",
  paypal: "PayPal",
  paymongo: "PayMongo",
  xendit: "Xendit",
};

const humanised = (slug: string): string => slug.replaceAll(/[_.]/g, " ");
const raised = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

type Slugs =
  | "reasons.unknown"
  | "categories.unknown"
  | "attention.outcome_unknown"
  | "attentionText.outcome_unknown"
  | "what.recovered"
  | "rules.already_paid"
  | "who.tinko"
  | "messageEvents.digest"
  | "messageStatus.sent"
  | "attemptStatus.unknown"
  | "linkState.valid"
  | "channels.email"
  | "reversals.refund";

/** Slugs of the API in words; one that is not known is shown as it is. */
export function useWords() {
  const t = useTranslations("recoveries");
  return useMemo(() => {
    const say = (group: string, slug: string): string | null => {
      const key = `${group}.${slug.replaceAll(".", "_")}` as Slugs;
      return t.has(key) ? t(key) : null;
    };
    const or = (group: string) => (slug: string) => say(group, slug) ?? raised(humanised(slug));
    return {
      /** Fits after "because". */
      because: (reason: string) => say("reasons", reason) ?? humanised(reason),
      reason: (reason: string) => raised(say("reasons", reason) ?? humanised(reason)),
      category: or("categories"),
      gateway: (gateway: string) =>
        BRANDS[gateway] ?? (gateway === "sandbox" ? t("sandbox") : raised(humanised(gateway))),
      attention: or("attention"),
      attentionText: (slug: string) => say("attentionText", slug),
      what: or("what"),
      messageEvent: or("messageEvents"),
      messageStatus: or("messageStatus"),
      attemptStatus: or("attemptStatus"),
      linkState: or("linkState"),
      channel: or("channels"),
      reversal: or("reversals"),
      /** Why something may not be done: in the reader's language where the rule is known. */
      refusal: (rule: string | null, reason: string | null) =>
        (rule === null ? null : say("rules", rule)) ?? reason ?? "",
    };
  }, [t]);
}

const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)/g;
const PERSON = /usr_[0-9a-z]{26}/g;

/** Names for the ids that a timeline speaks of, as far as the reader may know them. */
export function useNames() {
  const t = useTranslations("recoveries");
  const format = useFormat();
  const can = useCan();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const { data: members } = useQuery({ ...membersQuery, enabled: can("members:read") });
  const { data: accounts } = useQuery({ ...accountsQuery, enabled: can("psp_accounts:read") });

  const person = (id: string): string => {
    if (id === me?.user.id) return t("who.you");
    return members?.items.find((each) => each.user_id === id)?.full_name ?? t("who.colleague");
  };
  const account = (id: string): string => {
    const found = accounts?.items.find((each) => each.id === id);
    return found === undefined ? t("who.provider") : found.label || (BRANDS[found.psp] ?? found.psp);
  };
  return {
    account,
    person,
    /** Who did it. */
    who: (who: string): string => {
      const [kind = "", rest = ""] = who.split(/:(.*)/s);
      if (who.startsWith("usr_")) return person(who);
      if (who.startsWith("key_")) return t("who.key");
      if (kind === "rule") return t("who.rule", { rule: rest });
      if (kind === "psp") return account(rest);
      if (kind === "channel") return t("who.messenger");
      if (kind === "payer" || kind === "merchant" || kind === "tinko") return t(`who.${kind}`);
      return who;
    },
    /** A sentence of the API with people's names and moments in the reader's zone. */
    plain: (sentence: string): string =>
      sentence
        .replace(/^tinko\b/, "Tinko")
        .replace(PERSON, person)
        .replace(MOMENT, (moment) => format.dateTime(moment)),
  };
}

import type { Me } from "@/lib/session";

import type { Detail } from "./queries";

const AT = "2026-03-01T09:00:00Z";

/** A recovery for tests. */
export const aRecovery = (own: Partial<Detail> = {}): Detail => ({
  id: "rec_1",
  status: "open",
  paused: false,
  transaction_id: "txn_1",
  transaction_ref: "inv-1",
  payer: "Divya Nair",
  amount: 112_500,
  currency: "INR",
  gateway: "razorpay",
  category: "funds",
  reason: "insufficient_funds",
  hardness: "soft",
  charges_made: 1,
  needs_attention: null,
  recovered_via: null,
  promised_for: null,
  held_until: null,
  held_by: null,
  charges_barred: null,
  policy_id: "pol_1",
  policy_version: 2,
  next_attempt_at: null,
  next_attempt_kind: null,
  opened_at: AT,
  window_ends_at: "2026-03-08T09:00:00Z",
  ended_at: null,
  actions: [],
  customer: {
    ref: "cus_1",
    name: "Divya Nair",
    email: "divya@example.com",
    phone: null,
    locale: null,
    timezone: null,
    country: "IN",
    masked: false,
  },
  events: [],
  psp_events: [],
  budget_url: "/v1/recoveries/rec_1/budget",
  attempts: [],
  links: [],
  notifications: [],
  reversals: [],
  timeline: [],
  ...own,
});

/** An attempt of it. */
export const anAttempt = (own: Partial<Detail["attempts"][number]> = {}): Detail["attempts"][number] => ({
  id: "att_1",
  number: 1,
  kind: "charge",
  status: "scheduled",
  due_at: AT,
  decision: { rule: "policy.ladder", why: "Retry 1 of 3.", excluded: [], inputs: "x" },
  psp_account_id: null,
  psp_payment_id: null,
  result_code: null,
  result_detail: null,
  planned_at: AT,
  started_at: null,
  finished_at: null,
  ...own,
});

/** Somebody who may do that. */
export const someone = (...permissions: string[]): Me =>
  ({
    user: { id: "usr_1", full_name: "Asha", email: "asha@example.com" },
    organization: { id: "org_1", currency: "INR", mode: "test", clock_offset_seconds: 0 },
    organizations: [],
    permissions,
    totp_enabled: false,
  }) as unknown as Me;

import { exponentOf } from "@/lib/format";

const WHOLE = 499;
/** The sandbox declines twice, and takes the money the third time. */
const TOKEN = "pm_sandbox_recovers_on_3";

/** The failure that is sent: 499 of the currency, a card without enough on it, nobody who could be written to. */
export function sampleFailure(transactionRef: string, currency: string) {
  return {
    transaction_ref: transactionRef,
    amount: WHOLE * 10 ** exponentOf(currency),
    currency,
    gateway: "sandbox",
    failure_reason: "insufficient_funds",
    customer: { ref: "first_customer", name: "Meera Nair" },
    payment_method: { type: "card" as const, token: TOKEN, brand: "visa", last4: "4242" },
  };
}

export type Failure = ReturnType<typeof sampleFailure>;

/** The command that sends it from a terminal. */
export function curlOf(failure: Failure, origin: string, key: string): string {
  return [
    `curl ${origin}/v1/events/payment_failed \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -H "Idempotency-Key: ${failure.transaction_ref}" \\`,
    `  -d '${JSON.stringify(failure, null, 2)}'`,
  ].join("\n");
}

/** The providers that can be connected, with their own names for what they ask. */
export const PROVIDERS = ["stripe", "razorpay", "paypal", "paymongo", "xendit", "sandbox"] as const;
export type Provider = (typeof PROVIDERS)[number];

export const NAMES: Readonly<Record<Provider, string>> = {
  stripe: "Stripe",
  razorpay: "Razorpay",
  paypal: "PayPal",
  paymongo: "PayMongo",
  xendit: "Xendit",
  sandbox: "Tinko Sandbox",
};

/** A field as the provider calls it, and what a value begins with in live and in test. */
type Credential = { name: string; label: string; live: string; test: string; secret: boolean };

export const CREDENTIALS: Readonly<Record<Provider, readonly Credential[]>> = {
  stripe: [{ name: "secret_key", label: "Secret key", live: "rk_live_…", test: "rk_test_…", secret: true }],
  razorpay: [
    { name: "key_id", label: "Key ID", live: "rzp_live_…", test: "rzp_test_…", secret: false },
    { name: "key_secret", label: "Key Secret", live: "", test: "", secret: true },
  ],
  paypal: [
    { name: "client_id", label: "Client ID", live: "", test: "", secret: false },
    { name: "client_secret", label: "Client Secret", live: "", test: "", secret: true },
  ],
  paymongo: [{ name: "secret_key", label: "Secret key", live: "sk_live_…", test: "sk_test_…", secret: true }],
  xendit: [
    {
      name: "secret_key",
      label: "Secret API key",
      live: "xnd_production_…",
      test: "xnd_development_…",
      secret: true,
    },
  ],
  sandbox: [{ name: "api_key", label: "API key", live: "", test: "sbx_…", secret: true }],
};

/** What proves a webhook: the provider's word for it; PayPal's is the webhook's id, the sandbox makes its own. */
export const WEBHOOK_WORDS: Readonly<Record<Provider, string | null>> = {
  stripe: "Signing secret (whsec_…)",
  razorpay: "Webhook Secret",
  paypal: "Webhook ID",
  paymongo: "Webhook secret (whsk_…)",
  xendit: "Webhook verification token",
  sandbox: null,
};

export const isProvider = (psp: string): psp is Provider => (PROVIDERS as readonly string[]).includes(psp);
export const nameOf = (psp: string): string => (isProvider(psp) ? NAMES[psp] : psp);

/** A webhook secret as the API takes it: PayPal's belongs to the credentials. */
export const webhookBody = (psp: string, value: string) =>
  psp === "paypal" ? { credentials: { webhook_id: value } } : { webhook_secret: value };

export const NATIVE_RETRIES = ["wait", "take_over", "observe"] as const;
export type NativeRetries = (typeof NATIVE_RETRIES)[number];

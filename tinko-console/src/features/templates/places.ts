export const EVENTS = [
  "payment_failed_action_needed",
  "retry_scheduled",
  "last_notice",
  "link_reissued",
  "card_expiring",
  "digest",
] as const;
export const CHANNELS = ["email", "sms", "whatsapp"] as const;
export const LANGUAGES = ["en", "hi", "ta", "fil"] as const;

export type Event = (typeof EVENTS)[number];
export type Channel = (typeof CHANNELS)[number];
export type Language = (typeof LANGUAGES)[number];

/** What a text is for; its languages are on one page. */
export type Place = { event: Event; channel: Channel };

/** The page's address for it. */
export const idOf = ({ event, channel }: Place): string => `${event}-${channel}`;

/** Reads the page's address; null for the id of a template itself, or nonsense. */
export function placeOf(id: string): Place | null {
  const [event, channel] = id.split("-");
  const one = EVENTS.find((each) => each === event);
  const way = CHANNELS.find((each) => each === channel);
  return one && way ? { event: one, channel: way } : null;
}

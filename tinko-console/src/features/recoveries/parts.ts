/** The parts of a recovery's page, as the URL names them. */
export const PARTS = ["timeline", "attempts", "messages", "reports"] as const;
export type Part = (typeof PARTS)[number];

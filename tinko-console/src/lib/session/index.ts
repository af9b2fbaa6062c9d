export { enter, leave, meQuery, sessionState, switchOrganization, watchSession } from "./session";
export type { Me, Organization, Role } from "./types";
export { useCan, useMe } from "./use-session";

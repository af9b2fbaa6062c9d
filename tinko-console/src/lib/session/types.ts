import type { Schemas } from "@/lib/api";

export type Organization = Schemas["OrganizationOut"];
export type Role = NonNullable<Organization["role"]>;

/** Who is signed in, where, and what they may do. */
export type Me = Schemas["MeOut"];

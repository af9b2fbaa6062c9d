import { cloneElement, type HTMLAttributes, type ReactElement } from "react";

export type SlotChild = ReactElement<HTMLAttributes<HTMLElement>>;

/** Gives attributes and handlers to the element that the caller brought, without a wrapper around it. */
export function Slot({ child, ...rest }: HTMLAttributes<HTMLElement> & { child: SlotChild }) {
  return cloneElement(child, rest);
}

import type { Detail } from "./queries";
import { CancelDialog } from "./cancel-dialog";
import { LinkDialog } from "./link-dialog";
import { MoveDialog } from "./move-dialog";
import { RetryDialog } from "./retry-dialog";

/** Acts that ask first. */
export type Asked = "retry" | "cancel" | "move" | "link";

/** The question that belongs to an act. */
export function ActDialog({
  asked,
  recovery,
  onClose,
}: {
  asked: Asked | null;
  recovery: Detail;
  onClose: () => void;
}) {
  if (asked === "retry") return <RetryDialog recovery={recovery} onClose={onClose} />;
  if (asked === "cancel") return <CancelDialog recovery={recovery} onClose={onClose} />;
  if (asked === "move") return <MoveDialog recovery={recovery} onClose={onClose} />;
  if (asked === "link") return <LinkDialog recovery={recovery} onClose={onClose} />;
  return null;
}

import { Badge } from "@/components";

/** A status with its picture. */
export function HttpStatus({ status }: { status: number }) {
  if (status < 400) {
    return (
      <Badge tone="good" icon="check">
        {status}
      </Badge>
    );
  }
  return status < 500 ? (
    <Badge tone="warn" icon="alert">
      {status}
    </Badge>
  ) : (
    <Badge tone="bad" icon="x-circle">
      {status}
    </Badge>
  );
}

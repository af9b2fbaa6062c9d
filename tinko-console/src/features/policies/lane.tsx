import type { Axis } from "./axis";
import type { Schedule } from "./queries";

export type Look = "published" | "draft";

const HEIGHT = 18;
const MIDDLE = HEIGHT / 2;

/** One schedule as a line: discs are charges, squares are links, a cross is the end. */
export function Lane({ schedule, axis, look }: { schedule: Schedule; axis: Axis; look: Look }) {
  const color = look === "draft" ? "var(--color-chart-1)" : "var(--color-chart-6)";
  const last = Math.max(
    schedule.end?.offset_seconds ?? 0,
    ...schedule.steps.map((step) => step.offset_seconds),
  );
  return (
    <svg width="100%" height={HEIGHT} aria-hidden="true" className="block overflow-visible">
      <line
        x1="0%"
        x2={`${axis.at(last)}%`}
        y1={MIDDLE}
        y2={MIDDLE}
        stroke={color}
        strokeWidth="1.5"
        strokeOpacity="0.55"
        strokeDasharray={look === "published" ? "3 3" : undefined}
      />
      {schedule.end?.outcome === "gives_up" && (
        <svg x={`${axis.at(schedule.end.offset_seconds)}%`} y={MIDDLE} overflow="visible">
          <path d="M10 -4 18 4 M18 -4 10 4" stroke={color} strokeWidth="1.75" strokeLinecap="round" />
        </svg>
      )}
      {schedule.steps.map((step) => (
        <svg key={step.number} x={`${axis.at(step.offset_seconds)}%`} y={MIDDLE} overflow="visible">
          {step.kind === "charge" ? (
            <circle
              r="4.75"
              fill={look === "draft" ? color : "var(--color-surface)"}
              stroke={color}
              strokeWidth="1.75"
            />
          ) : (
            <rect
              x="-4.5"
              y="-4.5"
              width="9"
              height="9"
              rx="1.5"
              fill={look === "draft" ? color : "var(--color-surface)"}
              stroke={color}
              strokeWidth="1.75"
            />
          )}
        </svg>
      ))}
    </svg>
  );
}

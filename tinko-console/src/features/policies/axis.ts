const A_QUARTER = 900;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const TICKS = [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];

/** A common axis for minutes and months: the first hour has as much room as a later week. */
export type Axis = { at: (seconds: number) => number; ticks: number[] };

/** Makes the axis to the last moment that is shown (seconds); `at` answers in percent. */
export function axisTo(last: number): Axis {
  const end = Math.max(last, 2 * HOUR) * 1.15;
  const scale = Math.log1p(end / A_QUARTER);
  const at = (seconds: number) => (Math.log1p(Math.max(seconds, 0) / A_QUARTER) / scale) * 100;
  const ticks: number[] = [];
  for (const tick of TICKS) {
    if (tick < end && at(tick) - at(ticks.at(-1) ?? 0) > 11 && at(tick) < 95) ticks.push(tick);
  }
  return { at, ticks };
}

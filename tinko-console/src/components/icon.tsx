import { cx } from "@/lib/cx";

/** Our own small set, drawn on 24 × 24 with a line of 1.75. */
const PATHS = {
  home: "M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
  refresh: "M20 11a8 8 0 0 0-14.3-4L4 9M4 4v5h5M4 13a8 8 0 0 0 14.3 4l1.7-2M20 20v-5h-5",
  route: "M6 19a2 2 0 1 0 0-.01M18 5a2 2 0 1 0 0-.01M8 19h7a4 4 0 0 0 0-8H9a4 4 0 0 1 0-6h7",
  filter: "M4 6h16M7 12h10M10 18h4",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  code: "m9 8-4 4 4 4M15 8l4 4-4 4",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  check: "m5 12.5 4.5 4.5L19 7.5",
  "check-circle": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 12.3l2.4 2.4 4.6-5",
  x: "m6 6 12 12M18 6 6 18",
  "x-circle": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9l6 6M15 9l-6 6",
  alert: "M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17v.1",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.1",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2",
  pause: "M9 6v12M15 6v12",
  play: "M8 5.5v13l10-6.5-10-6.5Z",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM6 6l12 12",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.7 9.5a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5v.1",
  circle: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z",
  "chevron-down": "m6 9 6 6 6-6",
  "chevron-right": "m9 6 6 6-6 6",
  "chevron-left": "m15 6-6 6 6 6",
  "chevrons-up-down": "m8 9 4-4 4 4M8 15l4 4 4-4",
  "arrow-up": "M12 19V5M6 11l6-6 6 6",
  "arrow-down": "M12 5v14M6 13l6 6 6-6",
  "arrow-right": "M5 12h14M13 6l6 6-6 6",
  external: "M14 5h5v5M19 5l-8 8M17 14v5H5V7h5",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  pencil: "m5 19 1-4L16.5 4.5l3 3L9 18l-4 1ZM14.5 6.5l3 3",
  more: "M6 12h.1M12 12h.1M18 12h.1",
  menu: "M4 7h16M4 12h16M4 17h16",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.700 1.900 7.500 5.500",
  users:
    "M9 12a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM3 20c.5-3.300 3-5 6-5s5.500 1.700 6 5M16 5.300a3.500 3.500 0 0 1 0 6.400M18 15.500c1.700.8 2.700 2.400 3 4.500",
  shield:
    "M12 3.500 5 6v5.500c0 4.300 2.900 7.500 7 9 4.100-1.500 7-4.700 7-9V6l-7-2.500ZM9 12l2.200 2.200L15.200 10",
  key: "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12l8-8M16 7l3 3M13.500 9.500l2 2",
  building: "M5 20V5l8-1.500V20M13 9h6v11M3.500 20h17M8 9h2M8 13h2M16 13h.1M16 16.500h.1",
  palette:
    "M12 20.500a8.500 8.500 0 1 1 8.500-8.500c0 3-2.500 3.500-4 3.500h-1.700a1.900 1.900 0 0 0-1 3.400c.7.7.2 1.600-1.800 1.600ZM8 11.500v.1M11 8v.1M15.500 9v.1",
  plug: "M9 4v5M15 4v5M6.500 9h11v3a5.500 5.500 0 0 1-11 0V9ZM12 17.500V21",
  scroll: "M7 4h12v16H5v-3h11M7 4v13M10 8h6M10 12h6",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100",
  moon: "M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10Z",
  monitor: "M4 5h16v11H4zM9 20h6M12 16v4",
  globe:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 12h17M12 3c-5 5.500-5 12.500 0 18M12 3c5 5.500 5 12.500 0 18",
  logout: "M10 5H5v14h5M10 12h10M16 8l4 4-4 4",
  flask: "M10 4v6l-5 8.500A1 1 0 0 0 6 20h12a1 1 0 0 0 1-1.500L14 10V4M8.500 4h7M8 15h8",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6l1-7Z",
  inbox: "M4 13 6.500 5h11L20 13v6H4v-6ZM4 13h5l1 2.500h4L15 13h5",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  card: "M3.500 6h17v12h-17zM3.500 10h17M7 14.500h3",
  eye: "M3 12c2.200-4 5.300-6 9-6s6.800 2 9 6c-2.200 4-5.300 6-9 6s-6.800-2-9-6ZM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  grip: "M9 6h.1M9 12h.1M9 18h.1M15 6h.1M15 12h.1M15 18h.1",
  sparkle:
    "M12 4c.6 4.800 3.200 7.400 8 8-4.800.6-7.400 3.200-8 8-.6-4.800-3.200-7.400-8-8 4.800-.6 7.400-3.200 8-8Z",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words; alone it needs a label on what holds it. */
export function Icon({ name, size = 18, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={cx("shrink-0", className)}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Tinko's mark. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className="shrink-0">
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path
        d="M9 11h14M16 11v7a5 5 0 0 0 5 5"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="11" cy="21.5" r="2.2" fill="#fbbf24" />
    </svg>
  );
}

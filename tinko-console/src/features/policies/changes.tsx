import { Icon } from "@/components";

import type { Change } from "./queries";
import { usePolicyWords } from "./words";

/** What differs, field by field: before, after. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  const words = usePolicyWords();
  return (
    <dl className="flex flex-col divide-y divide-line rounded-control border border-line">
      {changes.map((change) => (
        <div key={change.path} className="grid gap-x-4 gap-y-0.5 px-3 py-2 sm:grid-cols-[2fr_3fr]">
          <dt className="text-sm text-ink-soft">{words.fieldOf(change.path)}</dt>
          <dd className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm">
            <del className="text-ink-faint">{words.before(change)}</del>
            <Icon name="arrow-right" size={14} className="text-ink-faint" />
            <ins className="font-medium text-ink no-underline">{words.after(change)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Which fields two settings differ in; as the API reckons it. */
export function differencesOf(before: object, after: object): Change[] {
  const old = new Map(leaves("", before));
  const next = new Map(leaves("", after));
  return [...new Set([...old.keys(), ...next.keys()])]
    .sort()
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(next.get(path)))
    .map((path) => ({ path, before: old.get(path) ?? null, after: next.get(path) ?? null }));
}

function leaves(path: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(`${path}/${name}`, inner));
}

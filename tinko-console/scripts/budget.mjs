// Holds the first load: the script of sign-in plus dashboard, charts apart, gzipped. Run after a build.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const MOST_KB = 150;
const FIRST = [
  "index.html",
  "src/features/auth/sign-in-page.tsx",
  "src/features/dashboard/dashboard-page.tsx",
  ...["common", "auth", "dashboard"].map((name) => `src/locales/en/${name}.json`),
];

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const files = new Map();

function follow(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`The build has no ${key}; is it still split?`);
  if (files.has(chunk.file)) return;
  files.set(chunk.file, gzipSync(readFileSync(join("dist", chunk.file)), { level: 9 }).length);
  for (const next of chunk.imports ?? []) follow(next);
}

FIRST.forEach(follow);
const total = [...files.values()].reduce((sum, size) => sum + size, 0) / 1000;
for (const [file, size] of [...files].sort((a, b) => b[1] - a[1])) {
  console.log(`${(size / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB  gzipped script of the first load (at most ${MOST_KB} kB)`);

if ([...files.keys()].some((file) => readFileSync(join("dist", file), "utf8").includes("recharts"))) {
  console.error("Charts are loaded at once; import them lazily.");
  process.exit(1);
}
if (total > MOST_KB) {
  console.error("The first load is over its budget.");
  process.exit(1);
}

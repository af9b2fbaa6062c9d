// Writes a .br and a .gz beside everything in dist/ that shrinks, so that the API only has to send files.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(js|css|svg|json|webmanifest|txt)$/;
const SMALLEST = 512;

for (const name of await readdir("dist", { recursive: true })) {
  const path = join("dist", name);
  // index.html gets a fresh nonce per answer, so it cannot be compressed here.
  if (!TEXT.test(name) || name.startsWith(".vite") || (await stat(path)).size < SMALLEST) continue;
  const bytes = await readFile(path);
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  await writeFile(
    `${path}.br`,
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  );
}

import compile from "icu-minify/compile";
import type { Plugin } from "vite";

type Words = { [key: string]: string | Words };
type Compiled = ReturnType<typeof compile> | { [key: string]: Compiled };

const LOCALE = /\/src\/locales\/\w+\/\w+\.json$/;

/** Every text of a tree of texts as what `use-intl/format-message/format-only` reads. */
function compiled(words: string | Words): Compiled {
  if (typeof words === "string") return compile(words);
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, compiled(value)]));
}

/** Compiles the ICU messages of src/locales, so that no browser has to load a parser for them. */
export function messages(): Plugin {
  return {
    name: "tinko-messages",
    enforce: "pre",
    config: () => ({
      resolve: {
        alias: [{ find: /^use-intl\/format-message$/, replacement: "use-intl/format-message/format-only" }],
      },
      optimizeDeps: { exclude: ["use-intl"] },
    }),
    transform(code, id) {
      if (!LOCALE.test(id)) return null;
      return { code: JSON.stringify(compiled(JSON.parse(code) as Words)), map: null };
    },
  };
}

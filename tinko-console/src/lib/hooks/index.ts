export { useDebounced } from "./use-debounced";
export { useDocumentTitle } from "./use-document-title";
export { useIsPhone, useMedia } from "./use-media";
export { useMachineNow, useNow } from "./use-now";
export { useShortcut } from "./use-shortcut";

import { useEffect } from "react";

/** Names the tab. PageHeader does this for its title. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tinko`;
  }, [title]);
}

import { useState } from "react";

/** The token of a link in a mail: behind the #, so that it reaches no log; taken out of the address bar. */
export function useLinkToken(): string | null {
  const [token] = useState(() => {
    const found = new URLSearchParams(window.location.hash.slice(1)).get("token");
    if (found !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
    return found;
  });
  return token;
}

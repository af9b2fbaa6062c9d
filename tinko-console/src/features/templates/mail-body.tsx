import { useEffect, useRef } from "react";

const KEPT = new Set(
  "table tbody thead tr td th p a div span strong b em i u small br hr h1 h2 h3 ul ol li center".split(" "),
);

/** Copies what a mail may hold, without scripts, pictures, styles of its own or links that lead away. */
function copyInto(target: Node, source: Node): void {
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) target.appendChild(document.createTextNode(node.textContent ?? ""));
    if (!(node instanceof Element)) continue;
    const name = node.localName;
    if (["script", "style", "title", "head"].includes(name)) continue;
    const copy = KEPT.has(name) ? document.createElement(name) : document.createDocumentFragment();
    if (copy instanceof HTMLElement) {
      // By script, and so allowed by the page's policy; only what a mail needs to look like itself.
      copy.style.cssText = node.getAttribute("data-style") ?? "";
      if (name === "a") copy.style.cursor = "default";
      if (name === "table") {
        copy.setAttribute("role", "presentation");
        copy.style.borderCollapse = "collapse";
        if (node.getAttribute("width") === "100%") copy.style.width = "100%";
      }
      if (node.getAttribute("align") === "center") copy.style.textAlign = "left";
    }
    copyInto(copy, node);
    target.appendChild(copy);
  }
}

/** A mail's HTML as a mail program would show it, apart from the page's own styles. */
export function MailBody({ html }: { html: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const root = box.shadowRoot ?? box.attachShadow({ mode: "open" });
    // Inline styles are read as data: parsing them would be against the page's policy.
    const inert = new DOMParser().parseFromString(html.replaceAll(/\sstyle=/gi, " data-style="), "text/html");
    const page = document.createElement("div");
    page.style.cssText = `all:initial;display:block;color-scheme:light;${inert.body.getAttribute("data-style") ?? ""}`;
    copyInto(page, inert.body);
    root.replaceChildren(page);
  }, [html]);
  return <div ref={host} className="overflow-x-auto bg-white" />;
}

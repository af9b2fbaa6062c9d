import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";

import { App } from "@/app/app";
import { needMessages } from "@/lib/i18n";

import "./app.css";

// Radix adds a style sheet while the page behind a dialog must not scroll; the CSP wants its nonce.
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
if (nonce) setNonce(nonce);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
void needMessages("common").then(() => createRoot(root).render(<App />));

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { dropDraft, saveDraft, type Draft } from "./queries";
import { markOf, mistakesOf, termsOf, type Policy, type Terms } from "./terms";

const STILL_FOR = 700;

export type SaveState = "published" | "saved" | "saving" | "wrong" | "failed";

/** The next version in the making: what is typed, saved by itself a moment after the last key. */
export function useEditor(policy: Policy, draft: Draft | null) {
  const client = useQueryClient();
  const published = useMemo(() => termsOf(policy), [policy]);
  const [terms, setTerms] = useState<Terms>(() => termsOf(draft?.settings ?? policy));
  const [basedOn] = useState(draft?.based_on ?? policy.version);
  const [phase, setPhase] = useState<"still" | "saving" | "failed">("still");
  const [savedMark, setSavedMark] = useState(() => markOf(terms));
  const mistakes = useMemo(() => mistakesOf(terms), [terms]);
  const mark = useMemo(() => markOf(terms), [terms]);
  const publishedMark = markOf(published);

  const latest = useRef({ terms, saved: savedMark, publishedMark });
  const running = useRef<Promise<void> | null>(null);
  useEffect(() => {
    latest.current = { ...latest.current, terms, publishedMark };
  }, [terms, publishedMark]);

  const { id } = policy;
  const work = useCallback(async () => {
    const pending = () => {
      const { terms: now, saved } = latest.current;
      return markOf(now) !== saved && mistakesOf(now).size === 0;
    };
    setPhase("saving");
    try {
      while (pending()) {
        const { terms: now, publishedMark: nothing } = latest.current;
        const nowMark = markOf(now);
        if (nowMark === nothing) await dropDraft(id);
        else await saveDraft(id, now, basedOn);
        latest.current.saved = nowMark;
        setSavedMark(nowMark);
      }
      setPhase("still");
      void client.invalidateQueries({ queryKey: ["policies", "list"] });
    } catch (error) {
      setPhase("failed");
      throw error;
    } finally {
      running.current = null;
    }
  }, [basedOn, client, id]);

  /** Saves what is not saved yet; throws if that did not work. */
  const flush = useCallback(() => (running.current ??= work()), [work]);

  useEffect(() => {
    if (mark === savedMark || mistakes.size > 0) return;
    const timer = setTimeout(() => void flush().catch(() => undefined), STILL_FOR);
    return () => clearTimeout(timer);
  }, [flush, mark, mistakes, savedMark]);
  // Whoever leaves the page at once has saved, too.
  useEffect(
    () => () => {
      const { terms: now, saved } = latest.current;
      if (markOf(now) !== saved && mistakesOf(now).size === 0) void flush().catch(() => undefined);
    },
    [flush],
  );

  const differs = mark !== publishedMark;
  const state: SaveState =
    mistakes.size > 0
      ? "wrong"
      : phase === "failed" && mark !== savedMark
        ? "failed"
        : mark !== savedMark || phase === "saving"
          ? "saving"
          : differs
            ? "saved"
            : "published";
  const change = useCallback((part: Partial<Terms>) => setTerms((before) => ({ ...before, ...part })), []);
  return { terms, published, basedOn, mistakes, differs, state, change, flush };
}

export type Editor = ReturnType<typeof useEditor>;

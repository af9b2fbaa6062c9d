import { QueryClient } from "@tanstack/react-query";
import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { renderWith } from "@/test/render";

import { useLive } from "./live";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = 1;
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }
  close() {
    this.closed = true;
  }
  tell(name: string, data = "") {
    act(() => void this.dispatchEvent(new MessageEvent(name, { data })));
  }
}

beforeEach(() => {
  FakeSource.opened = [];
  vi.stubGlobal("EventSource", FakeSource);
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function Watching({ topics }: { topics: string[] }) {
  useLive(...topics);
  return null;
}

function watched() {
  const asked = vi.spyOn(QueryClient.prototype, "invalidateQueries").mockResolvedValue();
  renderWith(
    <>
      <Watching topics={["recoveries", "charges"]} />
      <Watching topics={["events"]} />
    </>,
  );
  const [source] = FakeSource.opened;
  if (source === undefined) throw new Error("No stream was opened.");
  return { source, asked: () => asked.mock.calls.map(([filters]) => filters?.queryKey) };
}

it("asks again only for what changed and is on the page, over one stream", () => {
  const { source, asked } = watched();
  expect(FakeSource.opened.map(({ url }) => url)).toEqual(["/v1/stream"]);
  source.tell("changed", '{"topics": ["charges", "policies"]}');
  expect(asked()).toEqual([["charges"]]);
});

it("asks now and then where the stream is refused, and tries the stream again", () => {
  const { source, asked } = watched();
  source.readyState = FakeSource.CLOSED;
  source.tell("error");
  expect(source.closed).toBe(true);
  act(() => void vi.advanceTimersByTime(15_000));
  expect(asked()).toEqual([["recoveries"], ["charges"], ["events"]]);
  expect(FakeSource.opened).toHaveLength(2);
  FakeSource.opened[1]?.tell("open");
  act(() => void vi.advanceTimersByTime(60_000));
  expect(asked()).toHaveLength(3);
});

it("closes the stream with the last page that watched", () => {
  const { source } = watched();
  cleanup();
  expect(source.closed).toBe(true);
});

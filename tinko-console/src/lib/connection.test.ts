import { onlineManager } from "@tanstack/react-query";
import { http, HttpResponse } from "msw";
import { afterEach, expect, it, vi } from "vitest";

import { server } from "@/test/server";

import { connection, probeNow, reportUnreachable, whenBack } from "./connection";

afterEach(() => connection.set("up"));

it("pauses what is asked for while Tinko does not answer, and goes on when it does", async () => {
  let up = false;
  server.use(http.get("*/healthz", () => (up ? HttpResponse.json({}) : HttpResponse.error())));
  const back = vi.fn();
  const stop = whenBack(back);

  reportUnreachable();
  expect(connection.get()).toBe("down");
  expect(onlineManager.isOnline()).toBe(false);

  up = true;
  probeNow();
  await vi.waitFor(() => expect(connection.get()).toBe("back"));
  expect(onlineManager.isOnline()).toBe(true);
  expect(back).toHaveBeenCalledTimes(1);
  stop();
});

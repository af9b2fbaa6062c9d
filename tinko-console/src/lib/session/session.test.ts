import { QueryClient } from "@tanstack/react-query";
import { http, HttpResponse } from "msw";
import { afterEach, expect, it } from "vitest";

import { shown } from "@/lib/api";
import { aPerson, refusal } from "@/test/people";
import { server } from "@/test/server";

import { leave, meQuery, sessionState, switchOrganization, watchSession } from "./session";

const asked = (client: QueryClient) => client.fetchQuery({ ...meQuery, staleTime: 0 });

afterEach(() => {
  shown.organizationId = null;
  sessionState.set("alive");
});

it("nobody is signed in where the API says so", async () => {
  server.use(http.get("*/v1/auth/me", () => refusal(401, "unauthenticated")));
  expect(await asked(new QueryClient())).toBeNull();
});

it("a session that ends under an open page leaves the page as it is and asks for a sign-in", async () => {
  const client = new QueryClient();
  client.setQueryData(meQuery.queryKey, aPerson());
  const stop = watchSession(client, () => undefined);
  server.use(http.get("*/v1/auth/me", () => refusal(401, "session_ended")));
  expect(await asked(client)).toEqual(aPerson());
  expect(sessionState.get()).toBe("ended");
  stop();
});

it("another organization sees nothing of the one before", async () => {
  const client = new QueryClient();
  client.setQueryData(meQuery.queryKey, aPerson());
  client.setQueryData(["recoveries"], "of the live organization");
  const test = aPerson("owner", { id: "org_test", mode: "test" });
  server.use(
    http.post("*/v1/auth/switch", () => HttpResponse.json({})),
    http.get("*/v1/auth/me", () => HttpResponse.json(test)),
  );
  await switchOrganization(client, "org_test");
  expect(client.getQueryData(["recoveries"])).toBeUndefined();
  expect(client.getQueryData(meQuery.queryKey)).toEqual(test);
  expect(shown.organizationId).toBe("org_test");
});

it("a page that another tab led elsewhere follows, and says so", async () => {
  const client = new QueryClient();
  client.setQueryData(meQuery.queryKey, aPerson());
  let told = 0;
  const stop = watchSession(client, () => (told += 1));
  const elsewhere = aPerson("owner", { id: "org_other" });
  server.use(
    http.post("*/v1/auth/logout", () => refusal(409, "organization_changed")),
    http.get("*/v1/auth/me", () => HttpResponse.json(elsewhere)),
  );
  await expect(leave(client)).rejects.toMatchObject({ code: "organization_changed" });
  await expect.poll(() => told).toBe(1);
  expect(client.getQueryData(meQuery.queryKey)).toEqual(elsewhere);
  stop();
});

it("signing out forgets everything, also where the session was over already", async () => {
  const client = new QueryClient();
  client.setQueryData(meQuery.queryKey, aPerson());
  client.setQueryData(["recoveries"], "known");
  server.use(http.post("*/v1/auth/logout", () => refusal(401, "session_ended")));
  await leave(client);
  expect(client.getQueryData(meQuery.queryKey)).toBeNull();
  expect(client.getQueryData(["recoveries"])).toBeUndefined();
});

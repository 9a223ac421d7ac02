// Webhooks: what is delivered, how it is signed, what a bad target costs, and where none may lead.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { isPublicAddress } from "@x/core/service";
import { createFakeClock, waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import { at, startDraft, startTeam } from "./fixture.ts";

test.each([
  ["8.8.8.8", true],
  ["1.1.1.1", true],
  ["2606:4700::1111", true],
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["0.0.0.0", false],
  ["10.0.0.1", false],
  ["172.15.255.255", true],
  ["172.16.0.1", false],
  ["172.31.255.255", false],
  ["192.168.1.1", false],
  ["100.64.0.1", false],
  ["169.254.169.254", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:8.8.8.8", false],
  ["::ffff:127.0.0.1", false],
  ["64:ff9b::7f00:1", false],
  ["2002:7f00:1::", false],
  ["fc00::1", false],
  ["fe80::1", false],
  ["ff02::1", false],
  ["localhost", false],
])("AD-9-address whether %s is public: %s", (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

interface Hook extends AsyncDisposable {
  readonly url: string;
  readonly received: { readonly headers: IncomingMessage["headers"]; readonly body: string }[];
}

/** A webhook target that answers each delivery with the next of some statuses, then with the last one; 0 is no answer. */
async function startHook(...statuses: number[]): Promise<Hook> {
  const received: Hook["received"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => {
      body += piece;
    });
    request.on("end", () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200;
      received.push({ headers: request.headers, body });
      if (status === 0) {
        return;
      }
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("AD-98b a webhook is signed, has the booking, and is told again after a failure with the same id", async () => {
  await using hook = await startHook(500, 204);
  await using team = await startTeam();
  const created = await team.owner.post("/v1/dashboard/webhooks", {
    event_type: "booking.committed",
    url: hook.url,
  });
  expect([created.status, created.body.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
  const list = await team.owner.get("/v1/dashboard/webhooks");
  expect(list.text).not.toContain("whsec_");
  const booked = await team.a.commit(at("10:00"), at("10:30"));
  await waitUntil(() => hook.received.length === 2, { withinMs: 10_000 });
  const [first, second] = hook.received;
  expect(second?.body).toBe(first?.body);
  const [, time, mac] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(second?.headers["agentdraft-signature"])) ?? [];
  const expected = createHmac("sha256", String(created.body.secret))
    .update(`${time}.${second?.body}`)
    .digest("hex");
  expect(mac).toBe(expected);
  const envelope = JSON.parse(second?.body ?? "{}");
  expect(envelope).toMatchObject({
    id: second?.headers["agentdraft-event-id"],
    type: "booking.committed",
    data: {
      booking_id: booked.body.booking_id,
      agent_id: team.a.agentId,
      actor_agent_id: team.a.agentId,
      user_id: team.owner.userId,
    },
  });
  const path = `/v1/dashboard/webhooks/${created.body.sub_id}/deliveries`;
  await waitUntil(async () => {
    const [delivery] = (await team.owner.get(path)).body.deliveries as { status: string; attempts: number }[];
    return delivery?.status === "delivered" && delivery.attempts === 2;
  });
});

test("AD-9-hang a target that never answers is given up after 10 s, and does not hold up others or a stop", async () => {
  await using silent = await startHook(0);
  await using fine = await startHook(204);
  const clock = createFakeClock({ wall: Date.now() });
  await using team = await startTeam({ clock });
  const subscribe = async (url: string): Promise<unknown> =>
    (await team.owner.post("/v1/dashboard/webhooks", { event_type: "booking.committed", url })).body.sub_id;
  const id = await subscribe(silent.url);
  await subscribe(fine.url);
  await team.a.commit(at("10:00"), at("10:30"));
  await waitUntil(() => silent.received.length === 1 && fine.received.length === 1);
  await clock.advance(10_000);
  await waitUntil(async () => {
    const path = `/v1/dashboard/webhooks/${id}/deliveries`;
    const [delivery] = (await team.owner.get(path)).body.deliveries as {
      attempts: number;
      last_error: string;
    }[];
    return delivery?.attempts === 1 && delivery.last_error === "no answer within 10000 ms";
  });
  await team.a.commit(at("11:00"), at("11:30"));
  await waitUntil(() => fine.received.length === 2 && silent.received.length >= 2);
  await team.server.close();
});

test("AD-9-hang events for an endpoint that hangs do not wait in front of another owner's, or of its owner's other one", async () => {
  await using silent = await startHook(0);
  await using fine = await startHook(204);
  // Nothing is given up: the time of others stands still.
  const clock = createFakeClock({ wall: Date.now() });
  await using draft = await startDraft({ dev: true, clock });
  const [busy, calm] = [await draft.signIn("busy@example.com"), await draft.signIn("calm@example.com")];
  const hook = (url: string): object => ({ event_type: "booking.committed", url });
  await busy.post("/v1/dashboard/webhooks", hook(silent.url));
  const [busyAgent, calmAgent] = [await busy.agent(), await calm.agent()];
  const hourOf = (index: number): [string, string] => [at("00:00", 1 + index), at("01:00", 1 + index)];
  for (let index = 0; index < 100; index += 1) {
    await busyAgent.commit(...hourOf(index));
  }
  await busy.post("/v1/dashboard/webhooks", hook(fine.url));
  await calm.post("/v1/dashboard/webhooks", hook(fine.url));
  await calmAgent.commit(...hourOf(0));
  await busyAgent.commit(...hourOf(100));
  await waitUntil(() => fine.received.length === 2);
});

test("AD-9-1 a redirect is never followed: it is a failure like any other", async () => {
  await using hook = await startHook(302);
  await using team = await startTeam();
  const created = await team.owner.post("/v1/dashboard/webhooks", { event_type: "*", url: hook.url });
  await team.a.commit(at("10:00"), at("10:30"));
  const path = `/v1/dashboard/webhooks/${created.body.sub_id}/deliveries`;
  await waitUntil(async () => {
    const [delivery] = (await team.owner.get(path)).body.deliveries as { last_error: string }[];
    return delivery?.last_error === "the answer was 302";
  });
  expect(hook.received[0]?.headers["agentdraft-event-id"]).toMatch(/^evt_/);
});

test("a webhook too many is refused without a field to blame", async () => {
  await using draft = await startDraft({ dev: true });
  const session = await draft.signIn();
  const hook = { event_type: "*", url: "http://127.0.0.1:9/" };
  for (let count = 0; count < 100; count++) {
    expect((await session.post("/v1/dashboard/webhooks", hook)).status).toBe(201);
  }
  const { status, body } = await session.post("/v1/dashboard/webhooks", hook);
  expect([status, body]).toEqual([
    400,
    {
      error: "invalid_request",
      detail: "a calendar has 100 webhooks at most",
      request_id: expect.any(String),
    },
  ]);
});

test("AD-98c outside dev a webhook must be https on a public host", async () => {
  await using draft = await startDraft({ dev: true });
  await using plain = await startDraft({ dev: false });
  const session = await plain.signIn();
  for (const url of [
    "http://example.com/hook",
    "https://127.0.0.1/hook",
    "https://localhost/hook",
    "https://10.1.2.3/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://0x7f000001/",
    "https://user:pass@example.com/",
    "https://printer.local/",
    "https://localhost../",
    "https://localhost./",
    "https://a.localhost./",
    "https://a..example.com/",
    "https://localhost.localdomain/",
    "https://wiki.corp/",
    "https://127.0.0.1./",
    "no url",
  ]) {
    const answer = await session.post("/v1/dashboard/webhooks", { event_type: "*", url });
    expect([url, answer.status, answer.body.field]).toEqual([url, 400, "url"]);
  }
  const fine = await session.post("/v1/dashboard/webhooks", {
    event_type: "*",
    url: "https://hooks.example.com/",
  });
  expect(fine.status).toBe(201);
  const dev = await draft.signIn();
  expect(
    (await dev.post("/v1/dashboard/webhooks", { event_type: "*", url: "http://127.0.0.1:9/" })).status,
  ).toBe(201);
  expect(
    (await dev.post("/v1/dashboard/webhooks", { event_type: "no.such", url: "http://127.0.0.1:9/" })).status,
  ).toBe(400);
});

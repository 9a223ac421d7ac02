// A server whose time stands still: holds and windows without waiting.
import { expect, test } from "vitest";
import { AgentDraft } from "../../src/index.ts";
import { type AgentDraftFixtures, agentDraftFixtures } from "../../src/testing/index.ts";
import { at } from "./fixture.ts";

const it = test.extend<AgentDraftFixtures>(agentDraftFixtures());
const slot = { start: at("10:00"), end: at("10:30") };

it("a hold ends when its time has come, and not before", async ({ client, advance }) => {
  const hold = await client.bookings.hold(slot);
  await advance(29_000);
  expect((await client.bookings.get(hold.bookingId)).status).toBe("HOLD");
  await advance(2_000);
  expect((await client.bookings.get(hold.bookingId)).status).toBe("EXPIRED");
});

const windowed = test.extend<AgentDraftFixtures>(agentDraftFixtures({ arbitrationMs: 5_000 }));

windowed(
  "commits that are gathered wait until the time is moved",
  async ({ client, owner, server, advance }) => {
    const { apiKey } = await owner.createAgent({ name: "stronger", priority: 1 });
    await using stronger = new AgentDraft({ apiKey, baseUrl: server.url });
    const both = Promise.allSettled([client.bookings.commit(slot), stronger.bookings.commit(slot)]);
    for (let open = 0; open < 2; open = server.openRequests) {
      await new Promise(setImmediate);
    }
    await advance(5_000);
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  },
);

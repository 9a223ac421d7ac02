// Every option of every call is checked by name, kind and bound before anything is sent.
import { describe, expect, it } from "vitest";
import { AgentDraft, InvalidArgumentError } from "../../src/index.ts";
import { startScripted } from "./fixture.ts";

type Call = (client: AgentDraft, more: object) => unknown;

const slot = { start: "2030-01-01T10:00:00Z", end: "2030-01-01T11:00:00Z" };
const first = (items: AsyncGenerator<unknown>): Promise<unknown> => items.next();

const calls: Readonly<Record<string, Call>> = {
  "agents.me": (client, more) => client.agents.me(more),
  "availability.list": (client, more) => client.availability.list({ ...slot, ...more }),
  "bookings.commit": (client, more) => client.bookings.commit({ ...slot, ...more }),
  "bookings.hold": (client, more) => client.bookings.hold({ ...slot, ...more }),
  "bookings.commitOrNext": (client, more) => client.bookings.commitOrNext({ ...slot, ...more }),
  "how far of bookings.commitOrNext": (client, more) => client.bookings.commitOrNext(slot, more),
  "bookings.release": (client, more) => client.bookings.release("h", more),
  "bookings.cancel": (client, more) => client.bookings.cancel("b", more),
  "bookings.get": (client, more) => client.bookings.get("b", more),
  "bookings.list": (client, more) => client.bookings.list(more),
  "approvals.request": (client, more) => client.approvals.request("a.b", "s", more),
  "approvals.get": (client, more) => client.approvals.get("a", more),
  "approvals.list": (client, more) => client.approvals.list(more),
  "approvals.wait": (client, more) => client.approvals.wait("a", more),
  "consents.get": (client, more) => client.consents.get("c", more),
  "consents.wait": (client, more) => client.consents.wait("c", more),
  "audit.list": (client, more) => client.audit.list(more),
  "audit.export": (client, more) => first(client.audit.export(more)),
  "audit.get": (client, more) => client.audit.get("e", more),
  "audit.head": (client, more) => client.audit.head(more),
  "mailbox.info": (client, more) => client.mailbox.info(more),
  "mailbox.listMessages": (client, more) => client.mailbox.listMessages(more),
  "mailbox.send": (client, more) =>
    client.mailbox.send({ to: "a@example.com", subject: "s", bodyText: "b", ...more }),
  "mailbox.reply": (client, more) => client.mailbox.reply("m", { bodyText: "b", ...more }),
  "mailbox.checkSuppression": (client, more) => client.mailbox.checkSuppression("a@example.com", more),
  "negotiation.list": (client, more) => client.negotiation.list("b", more),
  "events.subscribe": (client, more) => client.events.subscribe(more),
  "new client": (_, more) => new AgentDraft({ apiKey: "avs_live_x", ...more }),
};

async function failureOf(
  name: string,
  more: object,
): Promise<{ readonly error: unknown; readonly sent: number }> {
  await using server = await startScripted((response) => response.end("{}"));
  let error: unknown;
  try {
    await calls[name]?.(server.client, more);
  } catch (thrown) {
    error = thrown;
  }
  return { error, sent: server.requests.length };
}

describe("options", () => {
  it.each(Object.keys(calls))("%s refuses a name that is none of its options", async (name) => {
    const { error, sent } = await failureOf(name, { colour: 1 });
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: "invalid_option", service: "agentdraft" });
    expect([String(error).includes("there is no option colour"), sent]).toEqual([true, 0]);
  });

  it.each<[string, object, string]>([
    ["bookings.commit", { bumpWindow: 3 }, "there is no option bumpWindow; did you mean bumpWindowSeconds?"],
    ["bookings.commit", { bumpWindowSeconds: Number.NaN }, "bumpWindowSeconds"],
    ["bookings.commit", { bufferBeforeMin: -1 }, "bufferBeforeMin must be a whole number from 0 to 240"],
    ["bookings.commit", { timeoutMs: Number.NaN }, "timeoutMs"],
    ["bookings.commit", { metadata: "x" }, "metadata must be an object"],
    ["how far of bookings.commitOrNext", { attempts: Number.NaN }, "attempts"],
    ["bookings.list", { limit: 101 }, "limit must be a whole number from 1 to 100"],
    ["availability.list", { durationMinutes: 0 }, "durationMinutes"],
    ["availability.list", { includeHolds: "no" }, "includeHolds must be true or false"],
    ["approvals.request", { ttlSeconds: Number.POSITIVE_INFINITY }, "ttlSeconds"],
    ["approvals.wait", { waitTimeoutMs: Number.NaN }, "waitTimeoutMs"],
    ["consents.wait", { pollIntervalMs: Number.NaN }, "pollIntervalMs"],
    ["audit.list", { after: -1 }, "after"],
    ["mailbox.listMessages", { direction: "in" }, "direction must be one of inbound, outbound"],
    ["mailbox.send", { to: ["a@example.com"] }, "to must be a string"],
    ["events.subscribe", { waitSeconds: 31 }, "waitSeconds must be a whole number from 0 to 30"],
    ["agents.me", { signal: {} }, "signal must be an AbortSignal"],
    ["agents.me", { maxRetries: 1.5 }, "maxRetries"],
    ["new client", { timeoutMs: 0 }, "timeoutMs"],
    ["new client", { paths: { nowhere: "/x" } }, "paths must be an object of paths by the names"],
  ])("%s refuses %o", async (name, more, message) => {
    const { error, sent } = await failureOf(name, more);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect([String(error).includes(message) ? message : String(error), sent]).toEqual([message, 0]);
  });
});

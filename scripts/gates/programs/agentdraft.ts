// Uses the packed @x/agentdraft as a stranger does: a server in the program, an owner, two agents and their race.
import { ok, rejects, strictEqual } from "node:assert/strict";
import { AgentDraft, type Booking, Conflict, hashEvidence, verifyChain } from "@x/agentdraft";
import { startLocalAgentDraft } from "@x/agentdraft/local";

await using server = await startLocalAgentDraft({ port: 0, metricsAddr: "off", dev: true });
let cookie = "";
const post = async (path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", cookie },
    body: JSON.stringify(body),
  });
  cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
  return (await response.json()) as Readonly<Record<string, unknown>>;
};
const { dev_token: token } = await post("/v1/auth/magic-link", { email: "owner@example.com" });
await post("/v1/auth/verify", { token });
const keyOf = async (priority: number): Promise<string> =>
  String(
    (await post("/v1/dashboard/agents", { name: `rank ${priority}`, scopes: ["bookings:write"], priority }))
      .plaintext_key,
  );

await using strong = new AgentDraft({ apiKey: await keyOf(1), baseUrl: server.url });
await using weak = new AgentDraft({ apiKey: await keyOf(5), baseUrl: server.url });
const start = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 86_400_000);
const end = new Date(start.getTime() + 1_800_000);
const booking: Booking = await strong.bookings.commit({ start, end, title: "Board meeting" });
strictEqual(booking.status, "COMMITTED");
await rejects(
  weak.bookings.commit({ start, end }),
  (error) => error instanceof Conflict && error.winningBookingId === booking.bookingId,
);
const events = [];
for await (const event of strong.audit.export()) {
  events.push(event);
}
ok(verifyChain(events, { expectHead: await strong.audit.head() }).ok);
strictEqual(hashEvidence({}), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");

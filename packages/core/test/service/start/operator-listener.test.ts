// Who may look at the operator's port.
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { listenForOperators } from "../../../src/service/start/operator-listener.ts";

async function statusFor(port: number, hosts: readonly string[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(
    `GET /healthz HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join("")}Connection: close\r\n\r\n`,
  );
  return (await text(socket)).slice(9, 12);
}

test("on loopback it answers to names of this machine, and to one at a time", async () => {
  const listener = await listenForOperators(
    { pages: { handle: async () => false }, healthy: () => true, metrics: new Registry() },
    { address: { hosts: ["127.0.0.1"], port: 0 }, orFreePort: false },
  );
  const seen = await Promise.all(
    [["localhost"], ["evil.example"], ["localhost", "evil.example"], ["evil.example", "localhost"]].map(
      (hosts) => statusFor(listener.port, hosts),
    ),
  );
  await listener.close();
  expect(seen).toEqual(["200", "403", "403", "403"]);
});

// Watches over Connect and gRPC-Web: open while their callers are there, and not a moment longer.
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { startKeeper } from "./fixture.ts";

/** A watch as a browser's client opens one; resolves when its answer has begun. */
async function openWatch(session: ClientHttp2Session, path: string, contentType: string, request: object) {
  const body = Buffer.from(JSON.stringify(request));
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  body.copy(frame, 5);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": contentType,
    "connect-protocol-version": "1",
  });
  stream.on("error", () => undefined);
  stream.end(frame);
  return stream;
}

const watches = [
  ["/agentkeeper.v1.RegistryService/Watch", {}],
  ["/agentkeeper.v1.ElectionService/WatchElection", { group: "g" }],
  ["/agentkeeper.ext.v1.EventService/Watch", {}],
] as const;
const protocols = ["application/connect+json", "application/grpc-web+json"];

describe.each(protocols)("over %s", (contentType) => {
  it.each(watches)(
    "AK-METRIC-agentkeeper_watchers %s is counted until its caller goes",
    async (path, request) => {
      await using keeper = await startKeeper({ maxWatchers: 3 });
      const metrics = new URL("/metrics", keeper.server.dashboardUrl);
      const open = async (): Promise<number> =>
        Number(/^agentkeeper_watchers (\d+)$/m.exec(await (await fetch(metrics)).text())?.[1]);
      for (const ending of ["the stream is reset", "the connection is lost"]) {
        const session = connect(`http://${keeper.server.host}:${keeper.server.port}`);
        session.on("error", () => undefined);
        const streams = await Promise.all(
          [1, 2, 3].map(() => openWatch(session, path, contentType, request)),
        );
        await waitUntil(async () => (await open()) === 3, { what: "three watches" });
        if (ending === "the stream is reset") {
          for (const stream of streams) {
            stream.close(8);
          }
        } else {
          session.destroy();
        }
        await waitUntil(async () => (await open()) === 0, { what: `no watch after ${ending}` });
        if (!session.destroyed) {
          session.destroy();
          await once(session, "close");
        }
      }
      // There is room again.
      await using watch = keeper.client.watch([]);
      await expect(watch.ready).resolves.toBeUndefined();
    },
  );
});

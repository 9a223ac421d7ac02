// Load: watches that are opened and never read, `node stuck.ts PORT COUNT`, half of them plain and half replayable.
// Asked anything, it reads them at last, and answers how each one ended.

import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { serveParent } from "../shared/programs.ts";

/** How a watch ended that was read too late. */
export interface StuckEnd {
  readonly kind: "plain" | "replayable";
  /** Bytes that had got to this process or its connection. */
  readonly bytes: number;
  /** The status of gRPC, 8 for RESOURCE_EXHAUSTED. */
  readonly status: string;
}

const [port = 0, watches = 0] = process.argv.slice(2).map(Number);
const paths = {
  plain: "/agentkeeper.v1.RegistryService/Watch",
  replayable: "/agentkeeper.ext.v1.EventService/Watch",
};
/** A gRPC frame with an empty request: every topic. */
const everything = Buffer.alloc(5);

const streams: { kind: StuckEnd["kind"]; stream: ClientHttp2Stream }[] = [];
for (let index = 0; index < watches; index += 1) {
  const kind = index % 2 === 0 ? "plain" : "replayable";
  // A connection each, so that no window is shared.
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": paths[kind],
    "content-type": "application/grpc+proto",
    te: "trailers",
  });
  stream.end(everything);
  streams.push({ kind, stream });
  if (kind === "plain") {
    await once(stream, "response");
  }
}

serveParent(() =>
  Promise.all(
    streams.map(async ({ kind, stream }): Promise<StuckEnd> => {
      let bytes = 0;
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      const [trailers] = await once(stream, "trailers");
      return { kind, bytes, status: String(trailers["grpc-status"]) };
    }),
  ),
);

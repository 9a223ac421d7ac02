// What importing core/rpc loads: nothing of connect-node, and no sockets before the first call.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const entries = {
  both: new URL("../src/rpc/index.ts", import.meta.url).href,
  client: new URL("../src/rpc/client/index.ts", import.meta.url).href,
};

/** The modules a fresh process has loaded after it imported an entry and ran the script. */
function loadedBy(entry: string, script: string): readonly string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const rpc = await import(${JSON.stringify(entry)});
    ${script}
    console.log(JSON.stringify([...loaded, ...process.moduleLoadList]));
    process.exit(0);
  `;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd, encoding: "utf8" }),
  );
}

test("importing loads neither connect-node nor node:http2", () => {
  const loaded = loadedBy(entries.both, "");
  expect(loaded.filter((name) => name.includes("/@connectrpc/connect/"))).not.toEqual([]);
  expect(loaded.filter((name) => name.includes("connect-node"))).toEqual([]);
  expect(loaded.filter((name) => name.endsWith(" http2"))).toEqual([]);
});

test("a client that calls, and a server that speaks gRPC, load no connect-node", () => {
  const loaded = loadedBy(
    entries.both,
    `
    const { createClient } = await import("@connectrpc/connect");
    const { EchoService } = await import(${JSON.stringify(new URL("./rpc/gen/echo/v1/echo_pb.ts", import.meta.url).href)});
    const server = rpc.createGrpcServer({ routes: (r) => r.service(EchoService, { unary: ({ text }) => ({ text }) }) });
    const { port } = await server.listen();
    const transport = rpc.createGrpcTransport({ baseUrl: "http://127.0.0.1:" + port });
    await createClient(EchoService, transport).unary({ text: "x" });
  `,
  );
  expect(loaded.filter((name) => name.endsWith(" http2"))).not.toEqual([]);
  expect(loaded.filter((name) => name.includes("connect-node"))).toEqual([]);
});

test("the client's entry loads nothing of the server", () => {
  const ofServer = (name: string): boolean => /\/rpc\/(server|health|response-)/.test(name);
  expect(loadedBy(entries.both, "").filter(ofServer)).not.toEqual([]);
  expect(loadedBy(entries.client, "").filter(ofServer)).toEqual([]);
});

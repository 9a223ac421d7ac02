// The proxy that the environment names, as Node follows it when it is told to.
import { execFile } from "node:child_process";
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerJson, startHttp } from "./http/fixture.ts";
import { startServer } from "./rpc/fixture.ts";

const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));
const run = promisify(execFile);

interface Proxy {
  readonly url: string;
  readonly seen: string[];
  /** What it answers every request with, in place of doing it. */
  refusal: number | undefined;
  /** Where names lead that no other machine knows. */
  readonly ports: Map<string, number>;
}

let proxy: Proxy;
let stop: () => void;

beforeEach(async () => {
  const seen: string[] = [];
  const ports = new Map<string, number>();
  const server = createServer((asked, response) => {
    seen.push(`${asked.method} ${asked.url}`);
    const { hostname, pathname } = new URL(asked.url ?? "");
    if (proxy.refusal !== undefined) {
      response.writeHead(proxy.refusal).end();
      return;
    }
    request({ host: "127.0.0.1", port: ports.get(hostname), path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on("connect", (asked, socket) => {
    seen.push(`CONNECT ${asked.url} ${asked.headers["proxy-authorization"] ?? ""}`.trimEnd());
    const port = ports.get(new URL(`http://${asked.url}`).hostname);
    if (proxy.refusal !== undefined || port === undefined) {
      socket.end(`HTTP/1.1 ${proxy.refusal ?? 502} No\r\n\r\n`);
      return;
    }
    const further = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(further).pipe(socket);
    });
    further.on("error", () => socket.destroy());
    socket.on("error", () => further.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  proxy = { url: `http://user:p%40ss@127.0.0.1:${port}`, seen, refusal: undefined, ports };
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
});

afterEach(() => stop());

async function answers(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  path = program("through-proxy.ts"),
): Promise<string[]> {
  const { stdout } = await run(process.execPath, [path, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_USE_ENV_PROXY: "1",
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      http_proxy: proxy.url,
      https_proxy: proxy.url,
      ...env,
    },
  });
  return JSON.parse(stdout);
}

describe("with NODE_USE_ENV_PROXY", () => {
  it("HTTP goes through the proxy, and gRPC through a tunnel that it makes", async () => {
    await using http = await startHttp((response) => answerJson(response, "over HTTP"));
    const grpc = await startServer({ unary: ({ text }) => ({ text }) });
    proxy.ports.set("http.invalid", http.port).set("grpc.invalid", grpc.addresses[0]?.port ?? 0);
    const urls = ["http://http.invalid", "http://grpc.invalid:7070"];
    expect(await answers(urls, {})).toEqual(['"over HTTP"', "over gRPC"]);
    expect(proxy.seen).toEqual([
      "GET http://http.invalid/thing",
      `CONNECT grpc.invalid:7070 Basic ${Buffer.from("user:p@ss").toString("base64")}`,
    ]);
  });

  it("what NO_PROXY names is reached without it, and so is all with the option `none`", async () => {
    await using http = await startHttp((response) => answerJson(response, "over HTTP"));
    const grpc = await startServer({ unary: ({ text }) => ({ text }) });
    const urls = [http.url, `http://127.0.0.1:${grpc.addresses[0]?.port}`];
    expect(await answers(urls, { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" })).toEqual([
      '"over HTTP"',
      "over gRPC",
    ]);
    expect(proxy.seen).toEqual([]);
    proxy.ports.set("127.0.0.1", http.port);
    await answers([...urls, "none"], {});
    expect(proxy.seen.filter((line) => line.startsWith("CONNECT"))).toEqual([]);
  });

  it("a proxy that refuses is an error that names it and its answer", async () => {
    proxy.refusal = 407;
    const [, grpc] = await answers(["http://http.invalid", "http://grpc.invalid:7070"], {});
    expect(grpc).toContain("grpc.invalid:7070");
    expect(grpc).toMatch(
      /through the proxy 127\.0\.0\.1:\d+|the proxy 127\.0\.0\.1:\d+ answered with status 407/,
    );
    expect(grpc).not.toContain("p%40ss");
  });
  it("a call that begins as another was refused its tunnel asks for one of its own", async () => {
    proxy.refusal = 407;
    const told = await answers(["http://grpc.invalid:7070"], {}, program("again-at-once.ts"));
    expect(told).toHaveLength(2);
    expect(proxy.seen).toHaveLength(2);
  });
});

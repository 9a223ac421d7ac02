// The OpenAgents server as a process of its own, on a data directory, over HTTP and gRPC; and what a person does in its page.
import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServerProcess } from "../server-process.ts";

const executable = fileURLToPath(
  new URL("dist/bin/x-openagents.js", import.meta.resolve("@x/openagents/package.json")),
);

export interface Network extends ServerProcess {
  readonly url: string;
  /** Where gRPC listens. */
  readonly grpcAddress: string;
  /** The token of its workspace, which it has made by itself. */
  readonly token: string;
}

/** Starts the network on a data directory; on a second start where the first one listened. */
export async function startNetwork(
  dataDir: string,
  adminPassword: string,
  before?: Network,
): Promise<Network> {
  const flags = [`--grpc-addr=${before?.grpcAddress ?? "127.0.0.1:0"}`, `--data-dir=${dataDir}`];
  const started = await startServerProcess(
    executable,
    [...flags, `--admin-password=${adminPassword}`],
    before?.address,
  );
  const grpcAddress = / grpc=(\S+)/.exec(started.readyLine)?.[1];
  assert(grpcAddress !== undefined, `gRPC listens: ${started.readyLine}`);
  const token = (await readFile(join(dataDir, "workspace-token"), "utf8")).trim();
  return { ...started, url: `http://${started.address}`, grpcAddress, token };
}

/** A person at the page: signs in with the workspace's token, and says something in a channel. */
export async function sayAsPerson({ url, token }: Network, name: string, text: string): Promise<void> {
  const post = (path: string, form: Readonly<Record<string, string>>, cookie = ""): Promise<Response> =>
    fetch(url + path, {
      method: "POST",
      redirect: "manual",
      headers: { cookie },
      body: new URLSearchParams(form),
    });
  const signedIn = await post("/page/sign-in", { name, token });
  const [cookie] = signedIn.headers.getSetCookie();
  assert(cookie !== undefined, `${name} is signed in`);
  const said = await post("/page/say", { target: "channel/general", text }, cookie.split(";")[0]);
  assert.equal(said.status, 303);
}

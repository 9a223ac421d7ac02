// What importing a client costs: the modules it may not load, and how many bytes it may be.
import { fileURLToPath } from "node:url";
import file from "@size-limit/file";
import sizeLimit from "size-limit";
import { loadedBy } from "./consumer.ts";
import type { Package } from "./packages.ts";

/** What only servers and MCP servers need. A client that loads one of these has imported its server. */
const serverOnly = [
  "@connectrpc/connect-node",
  "@modelcontextprotocol",
  "pino",
  "prom-client",
  "rou3",
  "zod",
  "node:sqlite",
];

/** Core's main entry runs in browsers and workers too. */
const nodeOnly = ["@connectrpc/connect", "node:http2", "node:fs", "node:net", "node:http"];

/** Sizes of all modules that a main entry loads, in bytes, each module compressed by brotli. */
interface Sizes {
  /** Modules of this suite. */
  readonly ours: number;
  /** Modules of the libraries it stands on. */
  readonly libraries: number;
}

/** Measured, plus about a tenth. A client that outgrows this has to say why. */
const limits: Readonly<Record<string, Sizes>> = {
  // The HTTP half with its JSON and signatures is 20,000 of it; ky loads with a first call, eventsource-parser with a first stream.
  // The checks of options, values of other realms and the bounds of what errors show are 5,000 of it, and 7,000 more in a client,
  // where each call has the table of its options.
  "@x/core": { ours: 52_000, libraries: 0 },
  "@x/agentdraft": { ours: 88_000, libraries: 0 },
  // The event stream with its catch-up, the agent loop with its guards, and the tables of fields and routes are its own 20,000.
  "@x/grid": { ours: 105_000, libraries: 0 },
  // The wire of two products, what follows events to their handlers and requests to their answers.
  "@x/openagents": { ours: 79_000, libraries: 0 },
  // Both ends of gRPC, since an agent is called: the server's half is 11,000 of it, what bindufy does 12,000.
  "@x/bindu-bridge": { ours: 100_000, libraries: 177_000 },
  "@x/agentkeeper": { ours: 92_000, libraries: 177_000 },
};

export async function clientLoadsNoServer(each: Package): Promise<void> {
  const forbidden = each.name === "@x/core" ? [...serverOnly, ...nodeOnly] : serverOnly;
  const { modules } = await loadedBy(each, each.name);
  const found = modules.filter((url) =>
    forbidden.some((name) => url === name || url.includes(`/node_modules/${name}/`)),
  );
  if (found.length > 0) throw new Error(`importing ${each.name} loads ${found.join(", ")}`);
}

export async function clientIsSmall(each: Package): Promise<void> {
  const limit = limits[each.name];
  if (limit === undefined) throw new Error(`no limit is set for ${each.name} in ${import.meta.filename}`);
  const { modules } = await loadedBy(each, each.name);
  const files = modules.filter((url) => url.startsWith("file:"));
  const isOurs = (url: string): boolean => /.*\/node_modules\/(@x\/)?/.exec(url)?.[1] !== undefined;
  const sizes: Sizes = {
    ours: await sizeOf(files.filter(isOurs)),
    libraries: await sizeOf(files.filter((url) => !isOurs(url))),
  };
  if (!(sizes.ours <= limit.ours && sizes.libraries <= limit.libraries)) {
    throw new Error(`${each.name} loads ${JSON.stringify(sizes)}; the limit is ${JSON.stringify(limit)}`);
  }
}

async function sizeOf(urls: readonly string[]): Promise<number> {
  if (urls.length === 0) return 0;
  const paths = urls.map((url) => fileURLToPath(url));
  const [check] = (await sizeLimit([file], paths)) as { size: number }[];
  return check?.size ?? Number.NaN;
}

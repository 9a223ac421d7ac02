// What importing a client costs: the modules it may not load, and how many bytes it may be.
import { fileURLToPath } from "node:url";
import file from "@size-limit/file";
import sizeLimit from "size-limit";
import { loadedBy } from "./consumer.ts";
import type { Package } from "./packages.ts";

/** What only servers need. A client that loads one of these has imported its server. */
const serverOnly = ["@connectrpc/connect-node", "pino", "prom-client", "hono", "node:sqlite"];

/** Core's main entry runs in browsers and workers too. */
const nodeOnly = ["@connectrpc/connect", "node:http2", "node:fs", "node:net", "node:http"];

/**
 * The most that a main entry may load, its dependencies included: bytes of all its modules, each compressed by
 * brotli. Measured, plus about a tenth.
 */
const maximumBytes: Readonly<Record<string, number>> = {
  "@x/core": 1,
  "@x/agentkeeper": 1,
};

export function clientLoadsNoServer(each: Package): void {
  const forbidden = each.name === "@x/core" ? [...serverOnly, ...nodeOnly] : serverOnly;
  const { modules } = loadedBy(each, each.name);
  const found = modules.filter((url) =>
    forbidden.some((name) => url === name || url.includes(`/node_modules/${name}/`)),
  );
  if (found.length > 0) throw new Error(`importing ${each.name} loads ${found.join(", ")}`);
}

export async function clientIsSmall(each: Package): Promise<void> {
  const limit = maximumBytes[each.name];
  if (limit === undefined) throw new Error(`no limit is set for ${each.name} in ${import.meta.filename}`);
  const { modules } = loadedBy(each, each.name);
  const files = modules.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  const [{ size } = { size: Number.NaN }] = (await sizeLimit([file], files)) as { size: number }[];
  if (!(size <= limit))
    throw new Error(`${each.name} loads ${size} bytes in ${files.length} files; the limit is ${limit}`);
}

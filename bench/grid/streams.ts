// Load: agents with an open event stream each, in which nothing happens: `streams.ts URL SEED...`. Says that it is ready when all are
// open.

import { Agent, get } from "node:http";
import { gridProfile } from "../../packages/grid/src/wire/profile.ts";
import { signedQuery } from "../../packages/grid/src/wire/signing.ts";
import { serveParent } from "../shared/programs.ts";
import { agentOf } from "./agents.ts";

const [url = "", ...seeds] = process.argv.slice(2);
const connections = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

for (const { nodeId, signing } of seeds.map(agentOf)) {
  const path = gridProfile.routes.events.path.replace("{nodeId}", nodeId);
  const query = new URLSearchParams(await signedQuery({}, signing()));
  await new Promise<void>((resolve, reject) => {
    get(`${url}${path}?${query}`, { agent: connections }, (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`HTTP ${response.statusCode}`));
      }
      response.once("data", () => resolve()).resume();
    }).on("error", reject);
  });
}
serveParent(() => undefined);

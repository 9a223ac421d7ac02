// A process that takes part in a race for a key file: waits for its start signal, then prints which key it got.

import { once } from "node:events";
import { loadOrCreateIdentity } from "../../src/node/index.ts";

const path = process.argv[2] ?? "";
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
const identity = await loadOrCreateIdentity(path);
process.stdout.write(`${identity.publicId}\n`);

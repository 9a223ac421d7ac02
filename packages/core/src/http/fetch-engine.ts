// The runtime's own fetch as the engine. On Node the import `#http-engine` is ../node/http-engine.ts instead.

import type { HttpEngine } from "./engine.ts";
import { kyEngine } from "./ky.ts";

/** Connections belong to the runtime here: nothing is kept, nothing is to be closed. */
export function createHttpEngine(): HttpEngine {
  return kyEngine((url, init) => globalThis.fetch(url, init));
}

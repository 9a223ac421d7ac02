// The runtime's own fetch. On Node the import `#fetch` is ../node/fetch.ts instead.

import type { FetchEngine } from "./fetch-types.ts";

/** Connections belong to the runtime here: nothing is kept, nothing is to be closed. */
export function createFetch(): FetchEngine {
  return { fetch: (url, init) => globalThis.fetch(url, init), close: nothing };
}

function nothing(): void {}

// Public keys from a URL, kept for five minutes: the service publishes a new key before it signs with it.

import { type Clock, createHttpClient, type Fetch, systemClock } from "@x/core";
import { failureToError, invalidAnswer } from "../failure.ts";
import { parseBody } from "../wire/body.ts";
import { rawKeys } from "../wire/decode-jwks.ts";

/** How to fetch keys. */
export interface KeySource {
  readonly fetch?: Fetch | undefined;
  /** @default 10_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

interface KeptKeys {
  readonly keys: readonly unknown[];
  readonly endMono: number;
}

const keptForMs = 300_000;
const mostKept = 256;
const kept = new Map<string, KeptKeys>();

/**
 * The entries of the key set at a URL, unchecked.
 *
 * @throws ConnectionError, AgentDraftError `invalid_answer` and others
 */
export async function loadKeys(
  url: string,
  operation: string,
  source: KeySource = {},
): Promise<readonly unknown[]> {
  const { fetch, timeoutMs = 10_000, signal, clock = systemClock } = source;
  const nowMono = clock.now().mono;
  const before = kept.get(url);
  // A caller with a fetch of its own may mean another network by the same URL.
  if (fetch === undefined && before !== undefined && before.endMono > nowMono) {
    return before.keys;
  }
  await using http = createHttpClient({
    service: "agentdraft",
    baseUrl: url,
    timeoutMs,
    maxResponseBytes: 1_048_576,
    fetch,
    clock,
    toError: failureToError,
  });
  const { text } = await http.send({ operation, method: "GET", path: "", signal });
  const body = parseBody(text);
  const keys = rawKeys(body);
  if (keys === undefined) {
    throw invalidAnswer(operation, "a 'keys' array", body ?? {});
  }
  if (fetch === undefined) {
    kept.delete(url);
    for (const oldest of kept.keys()) {
      if (kept.size < mostKept) {
        break;
      }
      kept.delete(oldest);
    }
    kept.set(url, { keys, endMono: nowMono + keptForMs });
  }
  return keys;
}

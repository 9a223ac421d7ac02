// The one file that knows ky: one request, one answer, whatever its status. Retries, deadline and body are ours.

import type { KyInstance } from "ky";
import type { Fetch, FetchInit } from "./fetch-types.ts";

let loading: Promise<KyInstance> | undefined;

function loadKy(): Promise<KyInstance> {
  loading ??= import("ky").then(({ default: ky }) =>
    ky.create({ retry: 0, timeout: false, throwHttpErrors: false }),
  );
  return loading;
}

/**
 * Sends through ky. Body and signal go to the fetch as they are: a Request would wrap the body in a stream and the signal
 * in three others, at twice the price of the whole call.
 */
export async function sendByKy(url: string, init: FetchInit, fetch: Fetch): Promise<Response> {
  const ky = await loadKy();
  return await ky(url, { method: init.method, fetch: () => fetch(url, init) });
}

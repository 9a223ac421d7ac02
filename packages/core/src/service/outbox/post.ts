// One attempt to post to a stranger's URL: nothing is followed, nothing of the answer's body is read, and it is over after a while.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { linkSignals } from "../../calls/abort.ts";
import type { Clock } from "../../clock.ts";
import { messageOf } from "../../errors/foreign.ts";

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From its start to the end of the answer's head, in milliseconds. */
  readonly timeoutMs: number;
  /** The time that other machines take. */
  readonly peerClock: Clock;
  readonly signal: AbortSignal;
  /** How the name of the host becomes an address: where it may not lead everywhere. @default the system's */
  readonly lookup?: LookupFunction | undefined;
}

/** What became of an attempt. */
export type PostOutcome =
  | { readonly status: number; readonly headers: IncomingHttpHeaders }
  /** Why there is no answer. */
  | { readonly error: string };

/** Posts to a URL; never rejects. A redirect is an answer like any other. */
export async function postOnce(url: URL, options: PostOptions): Promise<PostOutcome> {
  const { body, headers, lookup, peerClock, timeoutMs } = options;
  const ended = linkSignals(options.signal);
  let isLate = false;
  const timer = peerClock.setTimer(timeoutMs, () => {
    isLate = true;
    ended.abort();
  });
  try {
    return await new Promise<PostOutcome>((resolve) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(
        url,
        {
          method: "POST",
          agent: false,
          signal: ended.signal,
          headers: { ...headers, "content-length": Buffer.byteLength(body) },
          ...(lookup === undefined ? {} : { lookup }),
        },
        (response) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers });
          response.destroy();
        },
      );
      request.on("error", (error: NodeJS.ErrnoException) => {
        resolve({ error: isLate ? `no answer within ${timeoutMs} ms` : (error.code ?? error.message) });
      });
      request.end(body);
    });
  } catch (error) {
    // HTTP cannot say it, such as a header with a line break.
    return { error: messageOf(error) };
  } finally {
    timer.cancel();
    ended[Symbol.dispose]();
  }
}

// Carries webhook deliveries out. What waits, and when it is tried again, is state of the rules and survives a restart;
// here is the HTTP of it, beside the path of every booking.
import { lookup } from "node:dns";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import { linkSignals, toHex } from "@x/core";
import type { Clock, Log, Now, Timer } from "@x/core/service";
import { webhookMac } from "../../wire/webhook-mac.ts";
import { isRefusal } from "../rules/model/refusal.ts";
import type { DueDelivery } from "../rules/model/views.ts";
import type { Engine } from "./engine.ts";
import { isPublicAddress } from "./public-host.ts";

export interface DeliveryOptions {
  readonly engine: Engine;
  readonly log: Log;
  /** The time that targets take; the server's own may stand still. */
  readonly peerClock: Clock;
  /** Whether targets may be on this machine and its network. */
  readonly allowPrivate: boolean;
  /** For each attempt, from its start to the end of the answer's head, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
  /** Attempts under way at once. @default 64 */
  readonly maxConcurrent?: number;
}

export interface DeliveryWorker {
  /** Looks for deliveries that are due. */
  wake(): void;
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>;
  /** Cuts attempts that are under way; they are made again after the next start. */
  close(): Promise<void>;
}

export function startDeliveries(options: DeliveryOptions): DeliveryWorker {
  const { engine, log, timeoutMs = 10_000, maxConcurrent = 64 } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: Timer | undefined;

  const attempt = async (delivery: DueDelivery): Promise<void> => {
    const error = await post(delivery, {
      timeoutMs,
      allowPrivate: options.allowPrivate,
      now: engine.now,
      peerClock: options.peerClock,
      signal: stopping.signal,
    });
    if (stopping.signal.aborted) {
      return;
    }
    await engine.run({
      type: "deliveryAttempted",
      subId: delivery.subId,
      eventId: delivery.eventId,
      error,
      jitter: Math.random() * 2 - 1,
    });
  };

  const look = async (): Promise<void> => {
    timer?.cancel();
    const room = maxConcurrent - running.size;
    if (room === 0) {
      return;
    }
    const reply = await engine.run({ type: "takeDeliveries", limit: room });
    if (isRefusal(reply) || stopping.signal.aborted) {
      return;
    }
    for (const delivery of reply.deliveries) {
      const run = attempt(delivery)
        .catch((error: unknown) => reportUnlessStopping(error))
        .finally(() => {
          running.delete(run);
          wake();
        });
      running.add(run);
    }
    if (reply.nextAtMs !== null) {
      const delayMs = Math.max(1, reply.nextAtMs - engine.now().wall);
      timer = engine.clock.setTimer(delayMs, wake, { ref: false });
    }
  };

  const reportUnlessStopping = (error: unknown): void => {
    if (!stopping.signal.aborted) {
      log.warn({ err: error }, "a webhook delivery could not be noted; it will be made again");
    }
  };

  const wake = (): void => {
    if (stopping.signal.aborted) {
      return;
    }
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = look()
      .catch(reportUnlessStopping)
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  };

  return {
    wake,
    async idle() {
      while (looking !== undefined || running.size > 0) {
        await Promise.all([looking, ...running]);
      }
    },
    async close() {
      stopping.abort();
      timer?.cancel();
      await looking;
      await Promise.all(running);
    },
  };
}

interface PostOptions {
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  readonly now: () => Now;
  readonly peerClock: Clock;
  readonly signal: AbortSignal;
}

/** Posts one delivery; answers why it failed, or null. A redirect is a failure: nothing is ever followed. */
function post(delivery: DueDelivery, options: PostOptions): Promise<string | null> {
  const url = new URL(delivery.url);
  const seconds = Math.floor(options.now().wall / 1_000);
  const mac = toHex(webhookMac(delivery.secret, String(seconds), delivery.body));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    return Promise.resolve("the address of the URL is not public");
  }
  const ended = linkSignals(options.signal);
  let isLate = false;
  const timer = options.peerClock.setTimer(options.timeoutMs, () => {
    isLate = true;
    ended.abort();
  });
  const settings: RequestOptions = {
    method: "POST",
    agent: false,
    signal: ended.signal,
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(delivery.body),
      "user-agent": "x-agentdraft",
      "agentdraft-signature": `t=${seconds},v1=${mac}`,
      "agentdraft-event-id": delivery.eventId,
    },
    ...(options.allowPrivate ? {} : { lookup: lookupPublic }),
  };
  return new Promise<string | null>((resolve) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, settings, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 300 ? null : `the answer was ${statusCode}`);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      resolve(isLate ? `no answer within ${options.timeoutMs} ms` : (error.code ?? error.message));
    });
    request.end(delivery.body);
  }).finally(() => {
    timer.cancel();
    ended[Symbol.dispose]();
  });
}

/** Looks a name up and refuses it when any of its addresses is not public: a name may change what it points to. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, "", 0);
      return;
    }
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address))) {
      callback(new Error("the name of the URL points to an address that is not public"), "", 0);
      return;
    }
    if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

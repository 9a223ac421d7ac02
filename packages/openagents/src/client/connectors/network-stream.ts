// Receiving by a stream of a network's own kind (only our server): pushed at once, acknowledged by polls beside it.
//
// A proxy on the way may keep the stream to itself until it ends. So until a first byte has come polls run beside it, and what
// they bring that the stream does not is the proof: then the stream is given up.

import { type Clock, createSilenceWatch, type HttpStream, linkSignals, readSse, sleep } from "@x/core";
import { ConnectionRefused } from "../../errors.ts";
import { parseBody } from "../../wire/body.ts";
import type { Inbound } from "../events/journal.ts";
import type { Sink } from "./connector.ts";
import { inboundOf } from "./inbound.ts";

/** What a poll asks for. */
export interface PollQuestion {
  readonly secret: string;
  /** The acknowledgement of what was received, empty at first; `undefined` for a poll that takes all away at once. */
  readonly ack?: string | undefined;
  readonly waitSeconds?: number | undefined;
  readonly limit?: number | undefined;
}

/** What a poll brought. */
export interface PollAnswer {
  readonly events: readonly Inbound[];
  /** Acknowledges them; `undefined` from a server that has taken them away already. */
  readonly nextAck: string | undefined;
}

export interface StreamWire {
  readonly clock: Clock;
  readonly pollIntervalMs: number;
  readonly requestTimeoutMs: number;
  poll(question: PollQuestion, signal: AbortSignal): Promise<PollAnswer>;
  open(secret: string, signal: AbortSignal): Promise<HttpStream>;
}

/** The server sends a comment every 15 s; a stream without a byte for so long is dead. */
const longestSilenceMs = 45_000;
/** What was received is acknowledged so long after the first of it, in milliseconds. */
const acknowledgedMs = 1_000;

/** `ended`: the stream worked and is over. `kept`: somebody on the way keeps it to itself, or it is none. */
export async function readStream(
  wire: StreamWire,
  sink: Sink,
  secret: () => string,
  signal: AbortSignal,
): Promise<"ended" | "kept"> {
  const { clock } = wire;
  const used = secret();
  // Acknowledged what an earlier stream brought, and not: what is unacknowledged comes again.
  const first = await wire.poll({ secret: used, ack: "" }, signal);
  sink.ready();
  await sink.accept(first.events);

  using linked = linkSignals(signal);
  const acks = createAcknowledger(wire, sink, used, linked.signal);
  acks.received(first.nextAck, first.events.length);
  let isProven = false;
  let isKept = false;

  const compare = async (): Promise<void> => {
    while (!isProven) {
      await sleep(wire.pollIntervalMs, { signal: linked.signal, clock });
      if (!isProven && (await acks.poll()) > 0) {
        // What was pushed at the same time needs a moment on its way.
        await sleep(wire.pollIntervalMs, { signal: linked.signal, clock });
        isKept = !isProven;
        if (isKept) {
          linked.abort();
        }
      }
    }
  };

  using silence = createSilenceWatch({
    clock,
    signal: linked.signal,
    longestMs: longestSilenceMs,
    silent: (ms) =>
      new ConnectionRefused(`receive: nothing came for ${ms / 1_000} s.`, { operation: "receive" }),
  });
  const comparing = compare().catch(() => undefined);
  try {
    const stream = await silence.wait(wire.open(used, silence.signal));
    if (!(stream.header("content-type") ?? "").includes("text/event-stream")) {
      return "kept";
    }
    const noticed = onFirst(silence.watch(stream.chunks()), () => {
      isProven = true;
    });
    for await (const { data, lastEventId } of readSse(noticed)) {
      const events = inboundOf([parseBody(data)], clock.now().wall);
      await sink.accept(events);
      acks.received(lastEventId, 1);
      await sink.room(linked.signal);
    }
    return isProven ? "ended" : "kept";
  } catch (error) {
    if (isKept && !signal.aborted) {
      return "kept";
    }
    throw error;
  } finally {
    linked.abort();
    await comparing;
    await acks.settled();
  }
}

/** Tells of the first piece: a stream that has brought one is no longer kept back. */
async function* onFirst(chunks: AsyncIterable<Uint8Array>, tell: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tell();
    yield chunk;
  }
}

interface Acknowledger {
  /** So many events have come, and this acknowledges them. */
  received(ack: string | undefined, count: number): void;
  /** Acknowledges what has come, and takes what the poll brings. How much that was. */
  poll(): Promise<number>;
  settled(): Promise<void>;
}

/** Acknowledges by polls of one event: what these bring, the stream brings too. */
function createAcknowledger(wire: StreamWire, sink: Sink, secret: string, signal: AbortSignal): Acknowledger {
  let ack = "";
  let unacknowledged = 0;
  let running: Promise<number> = Promise.resolve(0);
  let isDue = false;

  const pollNow = async (): Promise<number> => {
    unacknowledged = 0;
    const { events } = await wire.poll({ secret, ack, limit: 1 }, signal);
    await sink.accept(events);
    return events.length;
  };
  const poll = (): Promise<number> => {
    running = running.catch(() => 0).then(pollNow);
    return running;
  };
  const due = async (): Promise<void> => {
    isDue = true;
    try {
      await sleep(acknowledgedMs, { signal, clock: wire.clock, ref: false });
      await poll();
    } catch {
      // What is not acknowledged now comes again over the next stream.
    }
    isDue = false;
    if (unacknowledged > 0 && !signal.aborted) {
      void due();
    }
  };

  return {
    received(next, count) {
      ack = next ?? ack;
      unacknowledged += count;
      if (unacknowledged > 0 && !isDue) {
        void due();
      }
    },
    poll,
    settled: () => running.then(ignore, ignore),
  };
}

function ignore(): void {}

// One direction of a proxied connection, under one fault at a time.

import type { Socket } from "node:net";

/** Which bytes a fault concerns. */
export type FlowDirection = "to-server" | "to-client";

/** What is wrong with the network. */
export type Fault =
  /** Everything passes. What an earlier fault held back passes first. */
  | { readonly kind: "none" }
  /** Nothing passes and nothing is lost: the sender feels full buffers in the end. */
  | { readonly kind: "stall"; readonly direction?: FlowDirection }
  /** So many further bytes pass, then both ends are reset. 0 with `to-client` loses an answer after its effect. */
  | { readonly kind: "cut"; readonly afterBytes: number; readonly direction: FlowDirection }
  /** Bytes and closes vanish in both directions; each end believes that the other is there. */
  | { readonly kind: "half-open" }
  /** So many bytes pass per interval. */
  | {
      readonly kind: "drip";
      readonly bytes: number;
      readonly intervalMs: number;
      readonly direction?: FlowDirection;
    };

/** Moves bytes from one socket to another. */
export interface Flow {
  setFault(fault: Fault): void;
}

/** @param cut resets both ends. */
export function createFlow(source: Socket, sink: Socket, direction: FlowDirection, cut: () => void): Flow {
  let fault: Fault = { kind: "none" };
  /** Read from the source and not yet passed on, in order. */
  let waiting: Buffer = Buffer.alloc(0);
  let sourceEnded = false;
  let passedSinceFault = 0;
  let ticker: ReturnType<typeof setInterval> | undefined;

  const concerns = (): boolean =>
    !("direction" in fault) || fault.direction === undefined || fault.direction === direction;
  const write = (bytes: Buffer): void => {
    if (bytes.length > 0 && !sink.destroyed && !sink.write(bytes)) {
      source.pause();
      sink.once("drain", () => source.resume());
    }
  };
  const passAll = (): void => {
    const bytes = waiting;
    waiting = Buffer.alloc(0);
    write(bytes);
    if (sourceEnded) {
      sink.end();
    }
  };
  const drip = (bytes: number): void => {
    write(waiting.subarray(0, bytes));
    waiting = waiting.subarray(bytes);
    if (waiting.length === 0 && sourceEnded) {
      sink.end();
    }
  };
  const passUntilCut = (afterBytes: number): void => {
    const left = afterBytes - passedSinceFault;
    passedSinceFault += waiting.length;
    if (waiting.length <= left) {
      passAll();
      return;
    }
    // A reset throws away what is still on its way, so it waits until these bytes have left.
    sink.write(waiting.subarray(0, left), cut);
    waiting = Buffer.alloc(0);
  };
  const move = (): void => {
    if (!concerns()) {
      passAll();
      return;
    }
    switch (fault.kind) {
      case "none":
        passAll();
        return;
      case "stall":
      case "drip":
        return;
      case "cut":
        passUntilCut(fault.afterBytes);
        return;
      case "half-open":
        waiting = Buffer.alloc(0);
        return;
      default:
        fault satisfies never;
    }
  };

  source.on("data", (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    move();
  });
  source.on("end", () => {
    sourceEnded = true;
    if (waiting.length === 0 || fault.kind === "none") {
      move();
    }
  });
  source.on("close", () => clearInterval(ticker));

  return {
    setFault(next: Fault): void {
      fault = next;
      passedSinceFault = 0;
      clearInterval(ticker);
      source.resume();
      if (next.kind === "stall" && concerns()) {
        source.pause();
      } else if (next.kind === "drip" && concerns()) {
        ticker = setInterval(drip, next.intervalMs, next.bytes);
      }
      if (waiting.length > 0 || sourceEnded) {
        move();
      }
    },
  };
}

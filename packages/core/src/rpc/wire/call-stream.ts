// The listeners of a call on its stream, which hold no call: Node keeps a stream that has closed until the next full garbage
// collection, and with it everything that its listeners hold.

import type { ServerHttp2Stream } from "node:http2";

/** What a call hears of its stream. */
export interface StreamListener {
  onData(chunk: Buffer): void;
  /** The client has sent all it wants to, or the stream was reset. */
  onEnd(): void;
  onClose(): void;
}

const listener: unique symbol = Symbol("listener");

interface CallStream extends ServerHttp2Stream {
  [listener]?: StreamListener | undefined;
}

/** Tells `call` what happens on a stream, until the stream has closed. */
export function listenTo(stream: ServerHttp2Stream, call: StreamListener): void {
  (stream as CallStream)[listener] = call;
  stream.on("error", ignore);
  stream.on("close", onClose);
  stream.on("end", onEnd);
  stream.on("data", onData);
}

function onData(this: CallStream, chunk: Buffer): void {
  this[listener]?.onData(chunk);
}

function onEnd(this: CallStream): void {
  this[listener]?.onEnd();
}

function onClose(this: CallStream): void {
  const call = this[listener];
  this[listener] = undefined;
  call?.onClose();
}

function ignore(): void {}

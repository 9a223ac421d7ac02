// What a core tells an agent beside the request, in gRPC metadata, which agents that know nothing of it ignore.

/** Of the message that a call is about. */
export interface HandlerHeaders {
  /** The id of the message as its sender wrote it. */
  readonly messageId?: string | undefined;
  /** The version of A2A by which the message came, such as `1.0`; none for Bindu's own dialect. */
  readonly a2aVersion?: string | undefined;
  /** URIs of the extensions that the sender named. */
  readonly extensions?: readonly string[] | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

const names = {
  messageId: "x-a2a-message-id",
  a2aVersion: "x-a2a-version",
  extensions: "x-a2a-extensions",
  traceparent: "traceparent",
  tracestate: "tracestate",
} as const;

/** In the trailers of a call that failed: how its task is to end instead of `failed`. The one value is `rejected`. */
export const stateTrailer = "x-a2a-state";

/** In the metadata of an answer without a state: what only A2A 1.0 can say, as JSON. */
export const a2aMetadataKey = "x.a2a";

/** In the metadata of a chunk that is only the new piece of a text. Without it a chunk is all of the text so far. */
export const chunkMetadataKey = "x.chunk";
export const deltaChunk = "delta";

/** The metadata of a call. What HTTP/2 could not carry is left out. */
export function writeHandlerHeaders(headers: HandlerHeaders): Record<string, string> {
  const { messageId, extensions } = headers;
  const written: Record<string, string | undefined> = {
    [names.messageId]: messageId === undefined ? undefined : encodeURIComponent(messageId.toWellFormed()),
    [names.a2aVersion]: headers.a2aVersion,
    [names.extensions]:
      extensions === undefined || extensions.length === 0 ? undefined : extensions.join(", "),
    [names.traceparent]: headers.traceparent,
    [names.tracestate]: headers.tracestate,
  };
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    if (value !== undefined && /^[\x20-\x7e]{1,4096}$/.test(value)) {
      kept[name] = value;
    }
  }
  return kept;
}

/** What a call's metadata says; `get` answers null or nothing for what is missing, as `Headers` does. */
export function readHandlerHeaders(get: (name: string) => string | null | undefined): HandlerHeaders {
  const text = (name: string): string | undefined => get(name) || undefined;
  const extensions = text(names.extensions)
    ?.split(",")
    .map((uri) => uri.trim())
    .filter((uri) => uri !== "");
  return {
    messageId: decoded(text(names.messageId)),
    a2aVersion: text(names.a2aVersion),
    extensions,
    traceparent: text(names.traceparent),
    tracestate: text(names.tracestate),
  };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

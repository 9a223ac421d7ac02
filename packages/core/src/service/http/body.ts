// The body of a request: taken from the line when somebody asks for it, once, and never more of it than is allowed.
import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { InvalidArgumentError } from "../../errors/error-kinds.ts";
import { type JsonValue, parseJson } from "../../json/parse.ts";
import { HttpProblem, invalidRequest } from "./problem.ts";

/** The caller went away before its request was complete; nobody waits for an answer. */
export const clientGone: unique symbol = Symbol("the client has gone");

/** What a route takes as a body. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** How deep arrays and objects of JSON may be nested. */
  readonly maxJsonDepth: number;
  /** Whether a media type is taken: in lower case, without its parameters, `""` for none. Any when absent. */
  readonly acceptsType: ((type: string) => boolean) | undefined;
}

/**
 * The body of a request. Nothing of it is read until somebody asks, so that who may not call is told before; each way
 * reads or parses at its first call and answers the same again.
 */
export interface RequestBody {
  /**
   * As it was sent.
   *
   * @throws {HttpProblem} 413 `too_large`, 415 `unsupported_media_type`
   */
  bytes(): Promise<Buffer>;
  /** @throws {HttpProblem} what `bytes` throws, 400 `invalid_request` for bytes that are no UTF-8 */
  text(): Promise<string>;
  /**
   * JSON with its numbers as they were written.
   *
   * @param strict refuses what two readers could read in two ways, as `parseJson` of core does
   * @throws {HttpProblem} what `bytes` throws, and 400 `malformed_json`, `too_deep`; when strict also `duplicate_member`,
   * `bad_number`, `bad_string`
   */
  json(strict: boolean): Promise<JsonValue>;
}

export class IncomingBody implements RequestBody {
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #limits: BodyLimits;
  #bytes: Promise<Buffer> | undefined;
  #text: Promise<string> | undefined;
  #json: { readonly strict: boolean; readonly value: Promise<JsonValue> } | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, limits: BodyLimits) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#limits = limits;
  }

  bytes(): Promise<Buffer> {
    this.#bytes ??= readBody(this.#incoming, this.#outgoing, this.#limits);
    return this.#bytes;
  }

  text(): Promise<string> {
    this.#text ??= this.bytes().then(textOf);
    return this.#text;
  }

  json(strict: boolean): Promise<JsonValue> {
    if (this.#json?.strict !== strict) {
      const { maxJsonDepth } = this.#limits;
      this.#json = { strict, value: this.bytes().then((read) => jsonOf(read, maxJsonDepth, strict)) };
    }
    return this.#json.value;
  }
}

function textOf(read: Buffer): string {
  if (!isUtf8(read)) {
    throw invalidRequest("the body is not valid UTF-8");
  }
  return read.toString("utf8");
}

/** The words of the kit for what the parser of core refuses. */
const jsonProblems: Readonly<Record<string, string>> = {
  invalid_json: "malformed_json",
  json_too_deep: "too_deep",
};

function jsonOf(read: Buffer, maxDepth: number, strict: boolean): JsonValue {
  if (!isUtf8(read)) {
    throw new HttpProblem(400, "malformed_json", "the body is not valid UTF-8");
  }
  try {
    return parseJson(read.toString("utf8"), { maxDepth, strict });
  } catch (error) {
    if (error instanceof InvalidArgumentError) {
      const { code, message } = error;
      throw new HttpProblem(400, jsonProblems[code] ?? code, message.replace(/^parseJson: /, ""));
    }
    throw error;
  }
}

/**
 * How much of a body that is too long is still taken from the line and dropped, so that the answer reaches a caller that
 * reads only after it has sent everything.
 */
const mostDroppedBytes = 16 * 1024 * 1024;

const nothing = Buffer.alloc(0);

function readBody(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { maxBytes, acceptsType }: BodyLimits,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (incoming.destroyed) {
      // Whoever asks late, after an admission that took its time, would wait for events that are over.
      reject(clientGone);
      return;
    }
    const type = acceptsType === undefined ? "" : mediaType(incoming.headers["content-type"]);
    if (acceptsType?.(type) === false) {
      dropRest(incoming);
      reject(
        new HttpProblem(
          415,
          "unsupported_media_type",
          `a body of the type ${type === "" ? "(none)" : type} is not taken here`,
        ),
      );
      return;
    }
    const announced = Number(incoming.headers["content-length"]);
    if (announced > maxBytes) {
      dropRest(incoming);
      reject(tooLarge(maxBytes));
      return;
    }
    if (incoming.headers.expect !== undefined) {
      // Whoever asks first whether to send is told only now.
      outgoing.writeContinue();
    }
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let length = 0;
    // A request has one body, and its listeners go with it: taking them off one by one would only cost.
    incoming.on("data", (chunk: Buffer) => {
      const before = length;
      length += chunk.length;
      if (length > maxBytes) {
        if (before <= maxBytes) {
          dropRest(incoming);
          reject(tooLarge(maxBytes));
        }
      } else if (first === undefined) {
        first = chunk;
      } else {
        more ??= [first];
        more.push(chunk);
      }
    });
    incoming.on("end", () => resolve(more === undefined ? (first ?? nothing) : Buffer.concat(more, length)));
    const onClose = (): void => reject(clientGone);
    incoming.on("close", onClose);
    incoming.on("error", onClose);
  });
}

/** The type of a `Content-Type` in lower case, without its parameters. */
export function mediaType(header: string | undefined): string {
  return header?.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Takes from the line what nobody wants any more, within a bound. */
export function dropRest(incoming: IncomingMessage): void {
  let dropped = 0;
  incoming.on("error", () => {});
  incoming.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > mostDroppedBytes) {
      incoming.destroy();
    }
  });
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, "too_large", `the body has more than ${maxBytes} bytes, which is the limit`);
}

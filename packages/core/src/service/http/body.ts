// Reads the body of a request, never more of it than is allowed.
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { HttpProblem, invalidRequest } from "./problem.ts";

/** The caller went away before its request was complete; nobody waits for an answer. */
export const clientGone: unique symbol = Symbol("the client has gone");

/**
 * How much of a body that is too long is still taken from the line and dropped, so that the answer reaches a caller that
 * reads only after it has sent everything.
 */
const mostDroppedBytes = 16 * 1024 * 1024;

/**
 * The whole body as text.
 *
 * @throws {HttpProblem} 413 `too_large`, 400 for bytes that are no UTF-8
 * @throws {@link clientGone}
 */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const announced = Number(incoming.headers["content-length"]);
    if (announced > maxBytes) {
      dropRest(incoming);
      reject(tooLarge(maxBytes));
      return;
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
    incoming.on("end", () => {
      const bytes = more === undefined ? first : Buffer.concat(more, length);
      if (bytes === undefined) {
        resolve("");
      } else if (isUtf8(bytes)) {
        resolve(bytes.toString("utf8"));
      } else {
        reject(invalidRequest("the body is not valid UTF-8"));
      }
    });
    const onClose = (): void => reject(clientGone);
    incoming.on("close", onClose);
    incoming.on("error", onClose);
  });
}

function dropRest(incoming: IncomingMessage): void {
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

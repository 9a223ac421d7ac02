// The engine over node:http and node:https with kept connections. It makes no Request, Response or stream of the web: those
// alone cost more than the call.

import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { onAbort } from "../abort.ts";
import { AnswerTooLarge } from "../http/answer.ts";
import type { EngineAnswer, FetchInit, HttpEngine } from "../http/engine.ts";

/** What both modules share. */
interface HttpModule {
  readonly request: typeof import("node:http").request;
  readonly Agent: typeof import("node:http").Agent;
}

interface Origin {
  readonly request: HttpModule["request"];
  readonly agent: Agent;
}

/** Connections are kept while the server allows it. Idle ones do not keep the process alive. */
export function createHttpEngine(): HttpEngine {
  let plain: Origin | undefined;
  let secure: Origin | undefined;
  // Loaded at the first request: importing a client must not pay for it.
  const originOf = (protocol: string): Origin => {
    switch (protocol) {
      case "http:":
        plain ??= open(process.getBuiltinModule("node:http"));
        return plain;
      case "https:":
        secure ??= open(process.getBuiltinModule("node:https"));
        return secure;
      default:
        throw new TypeError(`cannot send to a URL of the scheme ${protocol}`);
    }
  };
  return {
    send: async (url, init) => send(new URL(url), init, originOf),
    close(): void {
      plain?.agent.destroy();
      secure?.agent.destroy();
    },
  };
}

function open({ request, Agent }: HttpModule): Origin {
  return { request, agent: new Agent({ keepAlive: true }) };
}

function send(url: URL, init: FetchInit, originOf: (protocol: string) => Origin): Promise<EngineAnswer> {
  const { request: start, agent } = originOf(url.protocol);
  return new Promise((resolve, reject) => {
    if (init.signal.aborted) {
      reject(init.signal.reason);
      return;
    }
    const request = start({
      agent,
      host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      method: init.method,
      headers: withLength(init),
    });
    endWith(request, init.signal);
    request.on("error", reject);
    request.on("response", (message: IncomingMessage) => resolve(toAnswer(message)));
    request.end(init.body);
  });
}

/** Node announces the body of a DELETE in no way by itself; the server would read it as the beginning of another request. */
function withLength({ headers, body }: FetchInit): Record<string, string | number> {
  return body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) };
}

/**
 * Ends the request with its signal, and lets go of the signal with the request. Without an error: a socket that is just
 * being given back has nobody who listens for one, and the client knows the reason from the signal.
 */
function endWith(request: ClientRequest, signal: AbortSignal): void {
  const removeListener = onAbort(signal, () => request.destroy());
  request.on("close", removeListener);
}

function toAnswer(message: IncomingMessage): EngineAnswer {
  // A body that breaks before anybody reads it would end the process; its reader gets the error all the same.
  message.on("error", nothing);
  return {
    status: message.statusCode ?? 0,
    header(name: string): string | null {
      const value = message.headers[name.toLowerCase()];
      return (Array.isArray(value) ? value.join(", ") : value) ?? null;
    },
    chunks: () => message,
    text: (limitBytes) => readText(message, limitBytes),
  };
}

function readText(message: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const refused = message.errored ?? foreignEncoding(message);
    if (refused !== undefined) {
      message.destroy();
      reject(refused);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) {
        message.destroy(new AnswerTooLarge(limitBytes));
      } else {
        chunks.push(chunk);
      }
    });
    message.on("end", () => {
      const [first] = chunks;
      resolve((chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString());
    });
    // A connection that is cut inside the body is an error here.
    message.on("error", reject);
  });
}

/** None is asked for; a server that compresses all the same would be taken for one that answers nonsense. */
function foreignEncoding({ headers }: IncomingMessage): Error | undefined {
  const encoding = headers["content-encoding"];
  return encoding === undefined || encoding === "identity"
    ? undefined
    : new Error(`the answer is encoded as ${encoding}, which was not asked for`);
}

function nothing(): void {}

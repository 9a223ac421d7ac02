// The engine over node:http and node:https with kept connections. It makes no Request, Response or stream of the web: those
// alone cost more than the call.

import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { onAbort } from "../calls/abort.ts";
import { AnswerTooLarge, NoAnswer } from "../http/answer.ts";
import type { EngineAnswer, FetchInit, HttpEngine } from "../http/engine.ts";
import { environmentProxy } from "./environment-proxy.ts";

/** What both modules share. */
interface HttpModule {
  readonly request: typeof import("node:http").request;
  readonly Agent: typeof import("node:http").Agent;
}

/** What is the same for all requests to one server, worked out once. */
interface Origin {
  readonly request: HttpModule["request"];
  readonly agent: Agent;
  readonly host: string;
  readonly port: string;
}

/** Connections are kept while the server allows it. Idle ones do not keep the process alive. */
export function createHttpEngine(): HttpEngine {
  const origins = new Map<string, Origin>();
  const originOf = (base: string): Origin => {
    const known = origins.get(base);
    if (known !== undefined) {
      return known;
    }
    const origin = openOrigin(new URL(base));
    origins.set(base, origin);
    return origin;
  };
  return {
    async send(url: string, init: FetchInit): Promise<EngineAnswer> {
      // Cut by hand: parsing the whole URL anew is a measurable part of a call.
      const hostStart = url.indexOf("://") + 3;
      const length = url.slice(hostStart).search(/[/?#]/);
      const end = length < 0 ? url.length : hostStart + length;
      const path = url.slice(end);
      return await sendTo(originOf(url.slice(0, end)), path.startsWith("/") ? path : `/${path}`, init);
    },
    close(): void {
      for (const { agent } of origins.values()) {
        agent.destroy();
      }
    },
  };
}

function openOrigin({ protocol, hostname, port }: URL): Origin {
  // Loaded at the first request: importing a client must not pay for it.
  const { request, Agent } = moduleOf(protocol);
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return { request, agent: new Agent({ keepAlive: true, ...environmentProxy() }), host, port };
}

function moduleOf(protocol: string): HttpModule {
  switch (protocol) {
    case "http:":
      return process.getBuiltinModule("node:http");
    case "https:":
      return process.getBuiltinModule("node:https");
    default:
      throw new TypeError(`cannot send to a URL of the scheme ${protocol}`);
  }
}

function sendTo(origin: Origin, path: string, init: FetchInit): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    if (init.signal.aborted) {
      reject(init.signal.reason);
      return;
    }
    const request = origin.request({
      agent: origin.agent,
      host: origin.host,
      port: origin.port,
      path,
      method: init.method,
      headers: completed(init),
    });
    endWith(request, init.signal);
    request.on("error", reject);
    request.on("response", (message: IncomingMessage) => resolve(toAnswer(message)));
    // Nobody asked for another protocol.
    request.on("upgrade", (message: IncomingMessage, socket) => {
      socket.destroy();
      reject(
        new NoAnswer(
          `the server answered with status ${message.statusCode}, which is no answer`,
          message.statusCode,
        ),
      );
    });
    // Whatever ends a request without an answer and without an error.
    request.on("close", () => reject(new Error("the connection ended without an answer")));
    request.end(init.body);
  });
}

/**
 * Node announces the body of a DELETE in no way by itself; the server would read it as the beginning of another request. And
 * who names no encoding is told by HTTP to take any.
 */
function completed({ headers, body }: FetchInit): Record<string, string | number> {
  return body === undefined
    ? { "accept-encoding": "identity", ...headers }
    : { "accept-encoding": "identity", ...headers, "content-length": Buffer.byteLength(body) };
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
    bytes: (limitBytes) => readBytes(message, limitBytes),
  };
}

function readBytes(message: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
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
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    // A connection that is cut inside the body is an error here.
    message.on("error", reject);
    message.on("close", () => reject(new Error("the connection ended inside the answer")));
  });
}

/** None is asked for, and said to be refused; what compresses all the same would be taken for one that answers nonsense. */
function foreignEncoding({ headers, statusCode }: IncomingMessage): NoAnswer | undefined {
  const encoding = headers["content-encoding"];
  return encoding === undefined || encoding === "identity"
    ? undefined
    : new NoAnswer(`the answer is encoded as ${encoding}, which was not asked for`, statusCode);
}

function nothing(): void {}

// The wire of the board: JSON-RPC whose bodies are signed, and events as they happen.
import { z } from "zod";
import { fromHex, verifySignature } from "../../../src/index.ts";
import {
  defineRoute,
  type Engine,
  events,
  follow,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  isGap,
  isRefusal,
  json,
  jsonRpc,
  type MemoryFeed,
  type ProblemAnswer,
  rpcMethod,
} from "../../../src/service/index.ts";
import type { NotesEvent, NotesTypes } from "./rules.ts";

export interface NotesEngine extends Engine<NotesTypes> {
  readonly feed: MemoryFeed<NotesEvent>;
}

export const codes = {
  not_found: -32001,
  not_yours: -32002,
  board_full: -32003,
  bad_signature: -32004,
} as const;

export const problem: ProblemAnswer = ({ status, code, message }) =>
  json(status, { error: code, detail: message });

const doc = (operationId: string) => ({ operationId, summary: operationId, answers: {} });

/** How far a signature may be off the server's time, in milliseconds. */
const windowMs = 300_000;

async function authorOf(engine: NotesEngine, request: HttpRequest): Promise<string> {
  const key = request.header("x-key") ?? "";
  const at = Number(request.header("x-time"));
  const signed = new TextEncoder().encode(`${at}\n${await request.body.text()}`);
  const isFresh = Math.abs(engine.clock.now().wall - at) <= windowMs;
  if (!isFresh || !isSigned(key, request.header("x-signature") ?? "", signed)) {
    throw new HttpProblem(
      401,
      "bad_signature",
      "the signature is not that of x-key over x-time and body, or is not fresh",
    );
  }
  return key;
}

function isSigned(key: string, signature: string, bytes: Uint8Array): boolean {
  try {
    const [signatureBytes, publicKey] = [fromHex(signature), fromHex(key)];
    return (
      signatureBytes !== undefined &&
      publicKey !== undefined &&
      verifySignature(publicKey, bytes, signatureBytes)
    );
  } catch {
    return false;
  }
}

export function notesRoutes(engine: NotesEngine): readonly HttpRoute[] {
  const ask = async <Type extends keyof NotesTypes["Replies"]>(
    command: Extract<NotesTypes["Command"], { type: Type }>,
  ): Promise<NotesTypes["Replies"][Type]> => {
    const reply = await engine.run(command);
    if (isRefusal(reply)) {
      throw new HttpProblem(409, reply.refused, reply.detail);
    }
    return reply;
  };
  return [
    jsonRpc<string>({
      path: "/rpc",
      doc: doc("rpc"),
      maxBodyBytes: 64 * 1_024,
      admit: (request) => authorOf(engine, request),
      codes,
      methods: {
        "note/post": rpcMethod({
          params: z.object({ key: z.string().min(1).max(64), text: z.string().max(1_000) }),
          handle: ({ caller, params }) => ask({ type: "post", author: caller, ...params }),
        }),
        "note/remove": rpcMethod({
          params: z.object({ seq: z.int().min(1) }),
          handle: ({ caller, params }) => ask({ type: "remove", author: caller, ...params }),
        }),
        "note/list": rpcMethod({
          params: z.object({ after: z.int().min(0).default(0), limit: z.int().min(1).max(100).default(50) }),
          handle: ({ params }) => ask({ type: "list", ...params }),
        }),
      },
    }),
    defineRoute({
      method: "GET",
      path: "/events",
      doc: doc("events"),
      admit: () => undefined,
      handle: ({ request }) =>
        events({
          async *open(signal) {
            const after = Number(request.lastEventId ?? engine.feed.last);
            for await (const reading of follow(engine.feed, after, { clock: engine.clock, signal })) {
              if (isGap(reading)) {
                yield { event: "gap", data: JSON.stringify(reading) };
              } else {
                for (const event of reading.events) {
                  yield {
                    id: String(event.place),
                    event: event.type,
                    data: JSON.stringify({ seq: event.seq }),
                  };
                }
              }
            }
          },
        }),
    }),
  ];
}

// A client of the board: every attempt is signed afresh, a post is safe to repeat.
import {
  createHttpClient,
  type HttpClient,
  type Identity,
  InvalidArgumentError,
  newIdempotencyKey,
  readSse,
  type ServerSentEvent,
  toHex,
} from "../../../src/index.ts";
import type { NotesTypes } from "./rules.ts";

export class NotesClient implements AsyncDisposable {
  readonly #identity: Identity;
  readonly #http: HttpClient;
  /** The x-time of every attempt. */
  readonly attempts: string[] = [];

  constructor(baseUrl: string, identity: Identity) {
    this.#identity = identity;
    this.#http = createHttpClient({ service: "notes", baseUrl, timeoutMs: 5_000 });
  }

  post(text: string, key = newIdempotencyKey()): Promise<NotesTypes["Replies"]["post"]> {
    return this.call("note/post", { text, key });
  }

  async call<Result>(method: string, params: object): Promise<Result> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const answer = await this.#http.send({
      operation: method,
      method: "POST",
      path: "/rpc",
      idempotent: true,
      prepare: async () => {
        const at = String(Date.now());
        this.attempts.push(at);
        const signature = await this.#identity.sign(new TextEncoder().encode(`${at}\n${body}`));
        return {
          body,
          headers: {
            "x-key": toHex(this.#identity.publicKey),
            "x-time": at,
            "x-signature": toHex(signature),
          },
        };
      },
      refuse: ({ text }, call) => {
        const { error } = JSON.parse(text);
        return error === undefined
          ? undefined
          : new InvalidArgumentError(error.message, { ...call, code: error.data.reason });
      },
    });
    return JSON.parse(answer.text).result;
  }

  async *events(signal: AbortSignal, lastEventId?: number): AsyncGenerator<ServerSentEvent, void> {
    const headers = lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) };
    const stream = await this.#http.open({
      operation: "events",
      method: "GET",
      path: "/events",
      headers,
      signal,
    });
    yield* readSse(stream.chunks());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#http.close();
  }
}

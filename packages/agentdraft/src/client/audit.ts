// The audit log of the calendar: read it, pin its end, take it home.

import type { JwkSet } from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { AuditEvent, AuditHead, SignedAuditHead } from "../types.ts";
import { type ChainVerdict, type VerifyChainOptions, verifyChain } from "../verify/verify-chain.ts";
import { type Body, bodyOf, listOf, numberOf, textOf } from "../wire/body.ts";
import { decodeJwks } from "../wire/decode-jwks.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { decodeAuditEvent, decodeSignedHead } from "./decode/decode-audit.ts";
import { listAuditRules } from "./option-rules.ts";

/** Which events to read. */
export interface ListAuditOptions extends CallOptions {
  /** Only events of this booking, agent, approval or other id. */
  readonly resource?: string | undefined;
  /** Only events of this type, such as `booking.evicted`. */
  readonly type?: string | undefined;
  /** Only events behind this sequence number. @default 0 */
  readonly after?: number | undefined;
  /** 1 to 1000. @default 100 */
  readonly limit?: number | undefined;
}

/** A page of the log. */
export interface AuditPage {
  readonly events: readonly AuditEvent[];
  /** What to give as `after` for the next page; `null` on the last one. */
  readonly nextAfter: number | null;
  /** The end of the whole log. */
  readonly head: AuditHead | null;
}

export interface Audit {
  /** One page, oldest first. */
  list(options?: ListAuditOptions): Promise<AuditPage>;
  /** @throws NotFound */
  get(eventId: string, options?: CallOptions): Promise<AuditEvent>;
  /** The signed end of the log. Keep it, and a later cut or rewriting shows. */
  head(options?: CallOptions): Promise<SignedAuditHead>;
  /** Every event, page by page; `timeoutMs` is the deadline of each page. */
  export(options?: ListAuditOptions): AsyncGenerator<AuditEvent, void>;
  /** {@link Audit.export} as lines of JSON, each with its line feed. */
  exportLines(options?: ListAuditOptions): AsyncGenerator<string, void>;
  /** The keys with which the service signs heads and receipts. */
  keys(options?: CallOptions): Promise<JwkSet>;
  /** `verifyChain`, which needs no connection. */
  verifyChain(events: readonly AuditEvent[], options?: VerifyChainOptions): ChainVerdict;
}

export function createAudit(connection: Connection): Audit {
  const list = async (options: ListAuditOptions = {}, operation = "audit.list"): Promise<AuditPage> => {
    const { resource, type, after, limit } = options;
    const body = await connection.call(
      {
        operation,
        method: "GET",
        path: "audit",
        rules: listAuditRules,
        query: { resource, type, after, limit },
      },
      options,
    );
    const head = bodyOf(body, "head") ?? {};
    const seq = numberOf(head, "seq");
    const hash = textOf(head, "hash");
    return {
      events: listOf(body, "events").map((item) => requiredEvent(operation, item)),
      nextAfter: numberOf(body, "next_after"),
      head: seq === null || hash === null ? null : { seq, hash },
    };
  };
  async function* exportEvents(options: ListAuditOptions = {}): AsyncGenerator<AuditEvent, void> {
    let after: number | null = options.after ?? 0;
    while (after !== null) {
      const page: AuditPage = await list({ limit: 1_000, ...options, after }, "audit.export");
      yield* page.events;
      // A page that leads nowhere would be asked for again and again.
      after = page.nextAfter !== null && page.nextAfter > after ? page.nextAfter : null;
    }
  }
  async function* exportLines(options?: ListAuditOptions): AsyncGenerator<string, void> {
    for await (const event of exportEvents(options)) {
      yield `${JSON.stringify(event)}\n`;
    }
  }
  return {
    list: (options) => list(options),
    export: exportEvents,
    exportLines,
    verifyChain,
    async get(eventId: string, options?: CallOptions): Promise<AuditEvent> {
      const operation = "audit.get";
      const call = { operation, method: "GET", path: "auditEvent", values: { eventId } } as const;
      return requiredEvent(operation, await connection.call(call, options));
    },
    async head(options?: CallOptions): Promise<SignedAuditHead> {
      const operation = "audit.head";
      const body = await connection.call({ operation, method: "GET", path: "auditHead" }, options);
      const head = decodeSignedHead(body);
      if (head === undefined) {
        throw invalidAnswer(operation, "calendar_id, seq and hash", body);
      }
      return head;
    },
    async keys(options?: CallOptions): Promise<JwkSet> {
      const operation = "audit.keys";
      const body = await connection.call({ operation, method: "GET", path: "jwks" }, options);
      const keys = decodeJwks(body);
      if (keys === undefined) {
        throw invalidAnswer(operation, "a 'keys' array", body);
      }
      return keys;
    },
  };
}

function requiredEvent(operation: string, body: Body): AuditEvent {
  const event = decodeAuditEvent(body);
  if (event === undefined) {
    throw invalidAnswer(operation, "the fields of an audit event", body);
  }
  return event;
}

// Approvals: an agent asks, a person decides, a signed receipt proves it.

import { callRules, newIdempotencyKey, type OptionRules } from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { Approval, ApprovalStatus, Page } from "../types.ts";
import { type Body, parseBody, textOf } from "../wire/body.ts";
import type { CallOptions, IdempotentCallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { decodeApprovalList, decodeApprovalText } from "./decode/decode-approval.ts";
import { evidenceJson } from "./evidence.ts";
import { listApprovalsRules, requestApprovalRules, waitRules } from "./option-rules.ts";
import { type WaitOptions, waitForDecision } from "./wait-for-decision.ts";

/** What to ask a person. */
export interface RequestApprovalOptions extends IdempotentCallOptions {
  /**
   * What the decision is about, up to 64 KiB of JSON; a value, or `{ json: text }` where the text of numbers matters. The
   * receipt carries its hash (`hashEvidence`).
   *
   * @default {}
   */
  readonly evidence?: unknown;
  /** How long the request stays open, in seconds, 1 to 604,800. @default 3600 */
  readonly ttlSeconds?: number | undefined;
  /** Who the receipt is for; up to 8. @default the issuer */
  readonly audience?: string | readonly string[] | undefined;
}

/** Which requests to list. */
export interface ListApprovalsOptions extends CallOptions {
  readonly status?: ApprovalStatus | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 100. @default 100 */
  readonly limit?: number | undefined;
}

export interface Approvals {
  /**
   * Asks a person to approve an action.
   *
   * @param actionType such as `deploy.production`, up to 128 characters
   * @param summary a sentence for the person, up to 2,000 characters
   */
  request(actionType: string, summary: string, options?: RequestApprovalOptions): Promise<Approval>;
  /** The request as it stands now. Only the agent that asked may read it. @throws NotFound */
  get(approvalId: string, options?: CallOptions): Promise<Approval>;
  /** One page of the agent's own requests, newest first. */
  list(options?: ListApprovalsOptions): Promise<Page<Approval>>;
  /**
   * Waits until the request is approved, denied or expired; look at `status`.
   *
   * @throws ApprovalTimeout when `waitTimeoutMs` is over: nobody has decided yet, which is not a denial
   */
  wait(approvalId: string, options?: WaitOptions): Promise<Approval>;
}

const decided: ReadonlySet<string> = new Set(["approved", "denied", "expired"]);

export function createApprovals(connection: Connection): Approvals {
  const get = async (
    approvalId: string,
    options?: CallOptions,
    operation = "approvals.get",
    rules: OptionRules<CallOptions> = callRules,
  ): Promise<Approval> => {
    const call = { operation, method: "GET", path: "approval", values: { approvalId }, rules } as const;
    return required(operation, await connection.callText(call, options));
  };
  return {
    async request(
      actionType: string,
      summary: string,
      options: RequestApprovalOptions = {},
    ): Promise<Approval> {
      const operation = "approvals.request";
      const { evidence, ttlSeconds, audience, idempotencyKey } = options;
      const fields = JSON.stringify({
        action_type: actionType,
        summary,
        ...(ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds }),
        ...(audience === undefined ? {} : { audience }),
      });
      // Spliced in as text: JSON.stringify would write other numbers than those that are hashed.
      const body =
        evidence === undefined ? fields : `${fields.slice(0, -1)},"evidence":${evidenceJson(evidence)}}`;
      const call = {
        operation,
        method: "POST",
        path: "approvals",
        idempotencyKey: idempotencyKey ?? `ik_${newIdempotencyKey()}`,
        rules: requestApprovalRules,
        body,
      } as const;
      return required(operation, await connection.callText(call, options));
    },
    get: (approvalId, options) => get(approvalId, options),
    async list(options: ListApprovalsOptions = {}): Promise<Page<Approval>> {
      const operation = "approvals.list";
      const { status, cursor, limit } = options;
      const call = {
        operation,
        method: "GET",
        path: "approvals",
        rules: listApprovalsRules,
        query: { status, cursor, limit },
      } as const;
      const text = await connection.callText(call, options);
      const items = decodeApprovalList(text);
      if (items === undefined) {
        throw invalidAnswer(operation, "a list of approvals", bodyForError(text));
      }
      return { items, nextCursor: textOf(bodyForError(text), "next_cursor") };
    },
    wait(approvalId: string, options: WaitOptions = {}): Promise<Approval> {
      const operation = "approvals.wait";
      const ask = (): Promise<Approval> => get(approvalId, options, operation, waitRules);
      return waitForDecision(connection, operation, approvalId, options, ask, ({ status }) =>
        decided.has(status),
      );
    },
  };
}

function required(operation: string, text: string): Approval {
  const approval = decodeApprovalText(text);
  if (approval === undefined) {
    throw invalidAnswer(operation, "approval_id and status", bodyForError(text));
  }
  return approval;
}

function bodyForError(text: string): Body {
  return parseBody(text) ?? { raw: text.slice(0, 500) };
}

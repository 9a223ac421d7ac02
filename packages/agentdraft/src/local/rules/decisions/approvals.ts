// Approvals: an agent asks, a person decides, a receipt tells.

import type { Now } from "@x/core/service";
import { isoformat } from "../../../wire/isoformat.ts";
import { calendarFor, liveAgent } from "../model/auth.ts";
import { type Actor, actorOf, emitAudited, owner, system } from "../model/chain.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import { sibling } from "../model/ids.ts";
import { keep, keyScope, mismatch, plainFingerprint, recall } from "../model/keys.ts";
import { newestPage } from "../model/paging.ts";
import type { RecordOf } from "../model/records.ts";
import { notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Approval, calendarOf, noteUndecided, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { ApprovalView, ReceiptView } from "../model/views.ts";

export function requestApproval(
  state: State,
  command: CommandOf<"requestApproval">,
  turn: DraftTurn,
): Replies["requestApproval"] | Refusal {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const { type: _type, idempotencyKey, ttlSeconds, ...asked } = command;
  const key =
    idempotencyKey === null
      ? undefined
      : {
          scope: keyScope(agent.agentId, "approval", idempotencyKey),
          fingerprint: plainFingerprint([
            asked.actionType,
            asked.summary,
            asked.evidenceSha256,
            asked.audienceIsList,
            asked.audience.join("\n"),
            ttlSeconds,
          ]),
        };
  const kept = key === undefined ? undefined : recall(state, key.scope, turn.now.wall);
  if (kept?.outcome.kind === "approval") {
    const earlier = kept.outcome.approval;
    return kept.fingerprint === key?.fingerprint
      ? {
          approval: earlier,
          replayed: true,
          currentStatus: state.approvals.get(earlier.approvalId)?.status ?? earlier.status,
        }
      : mismatch;
  }
  const expiresAtMs = turn.now.wall + ttlSeconds * 1_000;
  emitAudited(turn, calendarOf(state, agent), {
    type: "approval.requested",
    actor: actorOf(agent),
    resource: asked.approvalId,
    data: {
      action_type: asked.actionType.toWellFormed(),
      evidence_sha256: asked.evidenceSha256,
      expires_at: isoformat(expiresAtMs),
    },
    record: {
      type: "approval.requested",
      approval: { ...asked, userId: agent.userId, createdAtMs: turn.now.wall, expiresAtMs },
      ...(key === undefined ? {} : { key }),
    },
  });
  const approval = state.approvals.get(asked.approvalId);
  return approval === undefined
    ? notFound("approval", asked.approvalId)
    : { approval: approvalView(approval), replayed: false, currentStatus: approval.status };
}

/** Only the agent that asked may look. */
export function getApproval(
  state: State,
  { agentId, approvalId }: CommandOf<"getApproval">,
): Replies["getApproval"] | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const approval = state.approvals.get(approvalId);
  return approval === undefined || approval.agentId !== agentId
    ? notFound("approval", approvalId)
    : { approval: approvalView(approval) };
}

export function listApprovals(
  state: State,
  { asker, status, ...page }: CommandOf<"listApprovals">,
): Replies["listApprovals"] | Refusal {
  const calendar = calendarFor(state, asker);
  if ("refused" in calendar) {
    return calendar;
  }
  return newestPage(calendar.approvalIds, page, (approvalId) => {
    const approval = state.approvals.get(approvalId);
    const matches =
      approval !== undefined &&
      ("userId" in asker || approval.agentId === asker.agentId) &&
      (status === null || approval.status === status);
    return matches ? approvalView(approval) : undefined;
  });
}

export function resolveApproval(
  state: State,
  command: CommandOf<"resolveApproval">,
  turn: DraftTurn,
  settings: DraftRules,
): Replies["resolveApproval"] | Refusal {
  const { userId, approvalId, decision, note } = command;
  const approval = state.approvals.get(approvalId);
  if (approval === undefined || approval.userId !== userId) {
    return notFound("approval", approvalId);
  }
  if (approval.status !== "pending") {
    return {
      refused: "already_resolved",
      detail: `this approval is ${approval.status} already`,
      status: approval.status,
    };
  }
  const nowMs = turn.now.wall;
  endApproval(state, approval, nowMs, owner, turn, {
    status: decision,
    resolution: { decision, decidedBy: userId, decidedAtMs: nowMs, note },
    ...(decision === "approved" ? { receipt: receiptFor(approvalId, nowMs, settings) } : {}),
  });
  return { approval: approvalView(approval) };
}

/** Nobody has decided in time. */
export function expireApproval(state: State, approval: Approval, turn: DraftTurn): void {
  endApproval(state, approval, approval.expiresAtMs, system, turn, { status: "expired" });
}

/** The times of a receipt issued now; its id is that of what it is about, behind another prefix. */
export const receiptFor = (id: string, nowMs: number, settings: DraftRules): ReceiptView => ({
  receiptId: sibling(id, "rcp"),
  issuedAtMs: nowMs,
  expiresAtMs: nowMs + settings.receiptTtlSeconds * 1_000,
});

function endApproval(
  state: State,
  approval: Approval,
  atMs: number,
  actor: Actor,
  turn: DraftTurn,
  end: Pick<RecordOf<"approval.ended">, "status" | "resolution" | "receipt">,
): void {
  emitAudited(turn, calendarOf(state, approval), {
    atMs: atMs,
    type: `approval.${end.status}`,
    actor,
    resource: approval.approvalId,
    data: {
      agent_id: approval.agentId,
      action_type: approval.actionType.toWellFormed(),
      evidence_sha256: approval.evidenceSha256,
    },
    record: { type: "approval.ended", approvalId: approval.approvalId, ...end },
  });
}

export function approvalView({ deadline: _, ...approval }: Approval): ApprovalView {
  return approval;
}

export function applyApproval(
  state: State,
  record: RecordOf<"approval.requested" | "approval.ended">,
  now: Now,
): void {
  if (record.type === "approval.requested") {
    const approval: Approval = {
      ...record.approval,
      status: "pending",
      resolution: null,
      receipt: null,
      deadline: undefined,
    };
    addApproval(state, approval);
    calendarOf(state, approval).approvalIds.push(approval.approvalId);
    keep(state, record.key, now.wall, { kind: "approval", approval: approvalView(approval) });
    return;
  }
  const approval = state.approvals.get(record.approvalId);
  if (approval !== undefined) {
    approval.status = record.status;
    approval.resolution = record.resolution ?? null;
    approval.receipt = record.receipt ?? null;
    noteUndecided(state, approval);
    if (approval.deadline !== undefined) {
      state.deadlines.remove(approval.deadline);
      approval.deadline = undefined;
    }
  }
}

/** Keeps an approval, and arms its end while it is open. */
export function addApproval(state: State, approval: Approval): void {
  state.approvals.set(approval.approvalId, approval);
  noteUndecided(state, approval);
  if (approval.status === "pending") {
    approval.deadline = state.deadlines.add(approval.expiresAtMs, { kind: "approval", approval });
  }
}

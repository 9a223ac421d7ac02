// Entitlements: who may do what on which resource. Deny wins over allow, and without a policy nothing is allowed.
import type { Now } from "@x/core/service";
import { compareUtf8 } from "./lists/utf8-order.ts";
import { type CommandOf, done, type Replies } from "./model/commands.ts";
import { checkLength, checkText, firstRefusal, limits } from "./model/limits.ts";
import type { KeeperRecord } from "./model/records.ts";
import { type Refusal, refuse } from "./model/refusal.ts";
import { publish, type State } from "./model/state.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { BusEvent } from "./model/views.ts";

export function setPolicy(
  _state: State,
  command: CommandOf<"setPolicy">,
  turn: KeeperTurn,
): Replies["setPolicy"] | Refusal {
  const { id, subject, action, resource, effect } = command.policy;
  const refusal = checkFields({ id, subject, action, resource });
  if (refusal !== undefined) {
    return refusal;
  }
  if (effect === "unspecified") {
    return refuse("EFFECT_UNSPECIFIED", "effect must be ALLOW or DENY", { field: "effect" });
  }
  const policy = { id, subject, action, resource, effect };
  turn.emit({ type: "policy.set", policy });
  return { policy };
}

export function deletePolicy(
  state: State,
  command: CommandOf<"deletePolicy">,
  turn: KeeperTurn,
): Replies["deletePolicy"] | Refusal {
  const { id } = command;
  const refusal = checkFields({ id });
  if (refusal !== undefined) {
    return refusal;
  }
  if (!state.policies.has(id)) {
    return refuse("POLICY_NOT_FOUND", `no policy has the id ${id}`, { id });
  }
  turn.emit({ type: "policy.deleted", id });
  return done;
}

export function listPolicies(
  state: State,
  command: CommandOf<"listPolicies">,
): Replies["listPolicies"] | Refusal {
  const { subjectPrefix } = command;
  const refusal = checkLength("subject_prefix", subjectPrefix, limits.policyField);
  if (refusal !== undefined) {
    return refusal;
  }
  const policies = [...state.policies.values()]
    .filter((policy) => policy.subject.startsWith(subjectPrefix))
    .sort((a, b) => compareUtf8(a.id, b.id));
  return { policies };
}

export function checkPolicy(
  state: State,
  command: CommandOf<"checkPolicy">,
): Replies["checkPolicy"] | Refusal {
  const { subject, action, resource } = command;
  const refusal = checkFields({ subject, action, resource });
  if (refusal !== undefined) {
    return refusal;
  }
  const { allowed, reason } = state.policyIndex.check(subject, action, resource);
  return { allowed, reason };
}

function checkFields(fields: Readonly<Record<string, string>>): Refusal | undefined {
  return firstRefusal(
    ...Object.entries(fields).map(([field, text]) => checkText(field, text, limits.policyField)),
  );
}

type PolicyRecord = Extract<KeeperRecord, { type: `policy.${string}` }>;

export function applyPolicy(state: State, record: PolicyRecord, now: Now): BusEvent | undefined {
  const id = record.type === "policy.set" ? record.policy.id : record.id;
  const replaced = state.policies.get(id);
  if (replaced !== undefined) {
    state.policyIndex.remove(id);
    state.policies.delete(id);
  }
  if (record.type === "policy.set") {
    state.policies.set(id, record.policy);
    state.policyIndex.add(record.policy);
    return publish(state, now, { topic: "policy.set", policy: record.policy });
  }
  return replaced === undefined
    ? undefined
    : publish(state, now, { topic: "policy.deleted", policy: replaced });
}

// The policies, and the answer to "may this subject do this to that?": any deny wins, then any allow, else no.

import { lowerBound } from "../lists/lower-bound.ts";
import { compareUtf8 } from "../lists/utf8-order.ts";
import { probe } from "./literal-shelves.ts";
import { createPatternIndex, type PatternIndex } from "./pattern-index.ts";

export type Effect = "allow" | "deny";

/** A policy: three patterns (see `compilePattern`) and what it says of whatever matches all three. */
export interface IndexedPolicy {
  readonly id: string;
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  readonly effect: Effect;
}

export interface PolicyDecision {
  readonly allowed: boolean;
  /** `denied by policy "<id>"`, `allowed by policy "<id>"` (the smallest id by bytes) or `no matching policy`. */
  readonly reason: string;
  /** The ids of all matching policies of the effect that decided, by bytes; empty if none matched. */
  readonly determiningIds: readonly string[];
}

export interface PolicyIndex {
  readonly size: number;
  /** Adds a policy, or replaces the one with its id. */
  add(policy: IndexedPolicy): void;
  /** Takes a policy out; false if there is none with this id. */
  remove(id: string): boolean;
  /** Decides. The three are plain values: a `*` in them is a star. */
  check(subject: string, action: string, resource: string): PolicyDecision;
}

/** The ids of the policies with the same three patterns, by effect and then by bytes. */
type Verdicts = Readonly<Record<Effect, string[]>>;
type ByResource = PatternIndex<Verdicts>;
type ByAction = PatternIndex<ByResource>;

const noMatch: PolicyDecision = { allowed: false, reason: "no matching policy", determiningIds: [] };

export function createPolicyIndex(): PolicyIndex {
  const policies = new Map<string, IndexedPolicy>();
  const bySubject: PatternIndex<ByAction> = createPatternIndex();

  const index: PolicyIndex = {
    get size() {
      return policies.size;
    },

    add(policy) {
      index.remove(policy.id);
      policies.set(policy.id, policy);
      const verdicts = bySubject
        .ensure(policy.subject, createPatternIndex<ByResource>)
        .ensure(policy.action, createPatternIndex<Verdicts>)
        .ensure(policy.resource, () => ({ allow: [], deny: [] }));
      const ids = verdicts[policy.effect];
      ids.splice(positionOf(policy.id, ids), 0, policy.id);
    },

    remove(id) {
      const policy = policies.get(id);
      if (policy === undefined) return false;
      policies.delete(id);
      const byAction = bySubject.get(policy.subject);
      const byResource = byAction?.get(policy.action);
      const verdicts = byResource?.get(policy.resource);
      const ids = verdicts?.[policy.effect];
      ids?.splice(positionOf(id, ids), 1);
      if (verdicts?.allow.length === 0 && verdicts.deny.length === 0) byResource?.delete(policy.resource);
      if (byResource?.size === 0) byAction?.delete(policy.action);
      if (byAction?.size === 0) bySubject.delete(policy.subject);
      return true;
    },

    check(subject, action, resource) {
      const found = matching(bySubject, subject, action, resource);
      const denying = idsOf(found, "deny");
      if (denying.length > 0) return { allowed: false, ...explain("denied", denying) };
      const allowing = idsOf(found, "allow");
      if (allowing.length > 0) return { allowed: true, ...explain("allowed", allowing) };
      return noMatch;
    },
  };
  return index;
}

function matching(
  bySubject: PatternIndex<ByAction>,
  subject: string,
  action: string,
  resource: string,
): readonly Verdicts[] {
  const subjects: ByAction[] = [];
  bySubject.collect(probe(subject), subjects);
  const actions: ByResource[] = [];
  const actionProbe = probe(action);
  for (const byAction of subjects) byAction.collect(actionProbe, actions);
  const verdicts: Verdicts[] = [];
  const resourceProbe = probe(resource);
  for (const byResource of actions) byResource.collect(resourceProbe, verdicts);
  return verdicts;
}

function idsOf(found: readonly Verdicts[], effect: Effect): readonly string[] {
  const lists = found.map((verdicts) => verdicts[effect]).filter((ids) => ids.length > 0);
  const [first = []] = lists;
  return lists.length > 1 ? lists.flat().sort(compareUtf8) : [...first];
}

/** Where an id stands in a list by bytes, or belongs if it is not in it. */
function positionOf(id: string, ids: readonly string[]): number {
  return lowerBound(ids, (other) => compareUtf8(other, id) < 0);
}

function explain(verb: string, ids: readonly string[]): Pick<PolicyDecision, "reason" | "determiningIds"> {
  const quoted = (ids[0] ?? "").replace(/["\\]/g, "\\$&");
  return { reason: `${verb} by policy "${quoted}"`, determiningIds: ids };
}

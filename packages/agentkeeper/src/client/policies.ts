// Entitlements: policies, and checks against them.
import { callRules, checkArgument, must, type OptionRule, type OptionRules } from "@x/core/base";
import type { CheckResult, Policy, PolicyDecision } from "../types.ts";
import type { CallOptions } from "./call-options.ts";
import { checkCall, check as checkGiven, checkTexts, requiredText, serviceName } from "./checks.ts";
import { type Connection, wasDoneBefore } from "./connection.ts";
import { decodePolicy, wirePolicyEffects } from "./decode/decode.ts";
import { required } from "./decode/required.ts";

/** Which policies to list. */
export interface ListPoliciesOptions extends CallOptions {
  /** Only policies whose subject begins with this; a plain prefix, no pattern. @default "" */
  readonly subjectPrefix?: string;
}

/** What to check. A `*` here is a plain star. */
export interface PolicyCheck {
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
}

const listRules: OptionRules<ListPoliciesOptions> = { ...callRules, subjectPrefix: must.beText };
const checkRules: OptionRules<PolicyCheck> = {
  subject: requiredText,
  action: requiredText,
  resource: requiredText,
};
const listOfChecks: OptionRule = { expected: "a list of checks", isOne: Array.isArray };
const policyRules: OptionRules<Policy> = {
  ...checkRules,
  id: requiredText,
  effect: { ...must.beOneOf(...Object.keys(wirePolicyEffects)), required: true, code: "effect_unspecified" },
};

export async function setPolicy(
  connection: Connection,
  policy: Policy,
  options?: CallOptions,
): Promise<Policy> {
  checkGiven("setPolicy", policy, policyRules);
  checkCall("setPolicy", options);
  const message = { ...policy, effect: wirePolicyEffects[policy.effect] };
  const answer = await connection.call("setPolicy", "safe", options, (call) =>
    connection.entitlements.setPolicy({ policy: message }, call),
  );
  return decodePolicy(required("setPolicy", "policy", answer.policy));
}

export async function deletePolicy(connection: Connection, id: string, options?: CallOptions): Promise<void> {
  checkTexts("deletePolicy", { id });
  checkCall("deletePolicy", options);
  try {
    await connection.call("deletePolicy", "gone_is_done", options, (call) =>
      connection.entitlements.deletePolicy({ id }, call),
    );
  } catch (error) {
    if (!wasDoneBefore(error)) {
      throw error;
    }
  }
}

export async function listPolicies(
  connection: Connection,
  options: ListPoliciesOptions = {},
): Promise<Policy[]> {
  checkGiven("listPolicies", options, listRules);
  const { subjectPrefix = "" } = options;
  const { policies } = await connection.call("listPolicies", "safe", options, (call) =>
    connection.entitlements.listPolicies({ subjectPrefix }, call),
  );
  return policies.map(decodePolicy);
}

export async function checkPolicy(
  connection: Connection,
  check: PolicyCheck,
  options?: CallOptions,
): Promise<CheckResult> {
  checkGiven("checkPolicy", check, checkRules);
  checkCall("checkPolicy", options);
  const { subject, action, resource } = check;
  const { allowed, reason } = await connection.call("checkPolicy", "safe", options, (call) =>
    connection.entitlements.checkPolicy({ subject, action, resource }, call),
  );
  return { allowed, reason };
}

export async function getPolicy(connection: Connection, id: string, options?: CallOptions): Promise<Policy> {
  checkTexts("getPolicy", { id });
  checkCall("getPolicy", options);
  const { policy } = await connection.callExt("getPolicy", "safe", options, (call, ext) =>
    ext.policies.getPolicy({ id }, call),
  );
  return decodePolicy(required("getPolicy", "policy", policy));
}

export async function checkPolicies(
  connection: Connection,
  checks: readonly PolicyCheck[],
  options?: CallOptions,
): Promise<PolicyDecision[]> {
  checkArgument("checks", checks, listOfChecks, { service: serviceName, operation: "checkPolicies" });
  for (const check of checks) {
    checkGiven("checkPolicies", check, checkRules);
  }
  checkCall("checkPolicies", options);
  const { results } = await connection.callExt("checkPolicies", "safe", options, (call, ext) =>
    ext.policies.batchCheckPolicy({ checks: checks.map((check) => ({ ...check })) }, call),
  );
  return results.map(({ allowed, reason, determiningPolicyIds }) => ({
    allowed,
    reason,
    determiningPolicyIds,
  }));
}

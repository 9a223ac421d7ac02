// Entitlements, as the wire document numbers their rules. Patterns and their index have tests of their own beside the code.
import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import type { PolicyView } from "../../src/local/rules/model/views.ts";
import { acquire, campaign, claim, createTask, deregister } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

const policy = (id: string, more: Partial<PolicyView> = {}): PolicyView => ({
  id,
  subject: "agent:scraper",
  action: "read",
  resource: "db:users",
  effect: "allow",
  ...more,
});

const set = (world: World, ...policies: readonly PolicyView[]): void => {
  for (const one of policies) {
    expect(world.ok({ type: "setPolicy", policy: one })).toEqual({ policy: one });
  }
};

const check = (world: World, more: Partial<CommandOf<"checkPolicy">> = {}) =>
  world.ok({
    type: "checkPolicy",
    subject: "agent:scraper",
    action: "read",
    resource: "db:users",
    ...more,
  });

const none = { allowed: false, reason: "no matching policy" };

describe("entitlements", () => {
  it("AK-P1 a policy matches when subject, action and resource all match", () => {
    const world = createWorld();
    set(world, policy("one"));
    expect(check(world).allowed).toBe(true);
    expect(check(world, { subject: "agent:other" })).toEqual(none);
    expect(check(world, { action: "write" })).toEqual(none);
    expect(check(world, { resource: "db:orders" })).toEqual(none);
  });

  it("AK-P2 a star is any run of characters in each of the three, and an escaped one a star", () => {
    const world = createWorld();
    set(world, policy("wild", { subject: "agent:*", action: "*", resource: "db:*/\\*" }));
    expect(check(world, { resource: "db:a:b/c\nd/*" }).allowed).toBe(true);
    expect(check(world, { subject: "agent:", resource: "db:/*" }).allowed).toBe(true);
    expect(check(world, { resource: "db:a/b" })).toEqual(none);
    expect(check(world, { subject: "Agent:scraper", resource: "db:/*" })).toEqual(none);
  });

  it("AK-P3 a star in a check is a star", () => {
    const world = createWorld();
    set(world, policy("exact"), policy("star", { subject: "\\*", effect: "deny" }));
    expect(check(world, { subject: "*" })).toEqual({ allowed: false, reason: 'denied by policy "star"' });
    expect(check(world, { action: "*" })).toEqual(none);
  });

  it("AK-P4 a deny wins over every allow, and names the smallest id by bytes", () => {
    const world = createWorld();
    set(
      world,
      policy("a"),
      policy("\u{1f600}", { effect: "deny" }),
      policy("\u{ffee}", { effect: "deny" }),
      policy("z", { effect: "deny", resource: "other" }),
    );
    expect(check(world)).toEqual({ allowed: false, reason: 'denied by policy "\u{ffee}"' });
    set(world, policy('"quoted\\"', { effect: "deny", subject: "*" }));
    expect(check(world)).toEqual({ allowed: false, reason: 'denied by policy "\\"quoted\\\\\\""' });
  });

  it("AK-P5 else an allow decides, the smallest id of several", () => {
    const world = createWorld();
    set(world, policy("b"), policy("a", { resource: "*" }), policy("c"));
    expect(check(world)).toEqual({ allowed: true, reason: 'allowed by policy "a"' });
  });

  it("AK-P6 else the answer is no", () => {
    expect(check(createWorld())).toEqual(none);
  });

  it("AK-P7 a policy is created or replaced by its id and counts from the next check on, over restarts too", () => {
    const world = createWorld();
    set(world, policy("one"));
    expect(check(world).allowed).toBe(true);
    set(world, policy("one", { effect: "deny" }));
    expect(check(world)).toEqual({ allowed: false, reason: 'denied by policy "one"' });
    set(world, policy("one", { subject: "agent:other" }));
    expect(check(world)).toEqual(none);
    world.restart();
    expect(check(world)).toEqual(none);
    expect(check(world, { subject: "agent:other" }).allowed).toBe(true);
    expect(world.topics()).toEqual(["policy.set", "policy.set", "policy.set"]);
  });

  it("AK-P8 policies are listed by a plain prefix of the stored subject, in the order of id bytes", () => {
    const world = createWorld();
    const smile = policy("\u{1f600}", { subject: "agent:scraper-2" });
    const wide = policy("\u{ffee}", { subject: "agent:scraper" });
    const wild = policy("b", { subject: "agent:*" });
    const other = policy("a", { subject: "service:scraper" });
    set(world, smile, wide, wild, other);
    const list = (subjectPrefix: string) => world.ok({ type: "listPolicies", subjectPrefix }).policies;
    expect(list("")).toEqual([other, wild, wide, smile]);
    expect(list("agent:scraper")).toEqual([wide, smile]);
    expect(list("agent:*")).toEqual([wild]);
    expect(list("scraper")).toEqual([]);
  });

  it("AK-P9 a deleted policy counts no longer, and one that is not there is not found", () => {
    const world = createWorld();
    set(world, policy("one"));
    world.fresh();
    world.ok({ type: "deletePolicy", id: "one" });
    expect(world.fresh()).toMatchObject([{ topic: "policy.deleted", policy: policy("one") }]);
    expect(check(world)).toEqual(none);
    expect(world.refused({ type: "deletePolicy", id: "one" })).toMatchObject({
      refused: "POLICY_NOT_FOUND",
      code: "not_found",
      metadata: { id: "one" },
    });
  });

  it.each(["id", "subject", "action", "resource"] as const)("AK-P10 %s has 1 to 1,024 bytes", (field) => {
    const world = createWorld();
    const set = (text: string) => ({ type: "setPolicy", policy: policy("p", { [field]: text }) }) as const;
    expect(world.refused(set(""))).toMatchObject({ refused: "FIELD_EMPTY", metadata: { field } });
    expect(world.refused(set(`${"é".repeat(512)}a`))).toMatchObject({
      refused: "FIELD_TOO_LONG",
      metadata: { field },
    });
    world.ok(set("é".repeat(512)));
    world.ok(set("a"));
  });

  it("AK-P10 a policy has an effect, and a check has all three fields", () => {
    const world = createWorld();
    expect(
      world.refused({ type: "setPolicy", policy: { ...policy("p"), effect: "unspecified" } }),
    ).toMatchObject({ refused: "EFFECT_UNSPECIFIED", code: "invalid_argument" });
    for (const field of ["subject", "action", "resource"] as const) {
      const whole = { type: "checkPolicy", subject: "s", action: "a", resource: "r" } as const;
      expect(world.refused({ ...whole, [field]: "" })).toMatchObject({
        refused: "FIELD_EMPTY",
        metadata: { field },
      });
    }
  });

  it("AK-P11 no policy makes the daemon refuse a call", () => {
    const world = createWorld();
    set(world, policy("all", { subject: "*", action: "*", resource: "*", effect: "deny" }));
    const agentId = world.agent("scraper");
    expect(acquire(world, "key", agentId).acquired).toBe(true);
    expect(campaign(world, "group", agentId).leaderAgentId).toBe(agentId);
    createTask(world, "task");
    expect(claim(world, agentId).status).toBe("claimed");
    set(world, policy("more"));
    deregister(world, agentId);
  });
});

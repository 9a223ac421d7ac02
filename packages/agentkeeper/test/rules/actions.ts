// Random walks through a store: what may be done next, drawn so that agents, keys, groups and tasks often meet.
import { deferred, type Ticket } from "@x/core/service";
import fc from "fast-check";
import type { Command } from "../../src/local/rules/model/commands.ts";
import { bytes, createTaskCommand } from "./steps.ts";
import { card, type World } from "./world.ts";

/** Picks one of what there is; the same number picks another when there is more. */
type Pick = number;

export type Action =
  | { readonly do: "register"; readonly ttlSeconds: number; readonly tools: readonly string[] }
  | { readonly do: "agent"; readonly type: "heartbeat" | "deregister" | "claimTask"; readonly agent: Pick }
  | { readonly do: "claim"; readonly agent: Pick; readonly waitMs: number }
  | {
      readonly do: "acquire";
      readonly key: Pick;
      readonly agent: Pick;
      readonly ttlSeconds: number;
      readonly waitMs: number;
      readonly lockDelayMs: number;
    }
  | {
      readonly do: "lease";
      readonly type: "renewLease" | "releaseLease";
      readonly key: Pick;
      readonly by: "holder" | Pick;
      readonly tokenOff: number;
      readonly ttlSeconds: number;
    }
  | {
      readonly do: "group";
      readonly type: "campaign" | "resign";
      readonly group: string;
      readonly agent: Pick;
    }
  | {
      readonly do: "createTask";
      readonly ttlSeconds: number;
      readonly maxRetries: number;
      readonly requiredTools: readonly string[];
    }
  | {
      readonly do: "finish";
      readonly type: "completeTask" | "failTask";
      readonly task: Pick;
      readonly by: "claimer" | Pick;
    }
  | { readonly do: "policy"; readonly type: "setPolicy" | "deletePolicy"; readonly id: string }
  | { readonly do: "cancel"; readonly call: Pick }
  | { readonly do: "advance" | "skip" | "pause"; readonly ms: number }
  | { readonly do: "stepWallClock"; readonly ms: number }
  | { readonly do: "restart" };

const pick = fc.nat(23);
const tools = fc.subarray(["x", "y"]);
const seconds = fc.integer({ min: 0, max: 6 });
// Whole seconds let deadlines fall together, odd milliseconds keep them apart.
const ms = fc.oneof(fc.constantFrom(1_000, 2_000, 3_000), fc.nat(3_000));

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("register" as const), ttlSeconds: seconds, tools }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("agent" as const),
      type: fc.constantFrom("heartbeat", "heartbeat", "claimTask", "claimTask", "deregister"),
      agent: pick,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      key: pick,
      agent: pick,
      ttlSeconds: seconds,
      waitMs: fc.constantFrom(0, 0, 1_000, 2_500, 10_000),
      lockDelayMs: fc.constantFrom(0, 0, 1_000, 2_500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("claim" as const), agent: pick, waitMs: ms }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("lease" as const),
      type: fc.constantFrom("renewLease", "releaseLease"),
      key: pick,
      by: fc.oneof(fc.constant("holder" as const), pick),
      tokenOff: fc.constantFrom(0, 0, 0, -1, 1),
      ttlSeconds: seconds,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("group" as const),
      type: fc.constantFrom("campaign", "campaign", "resign"),
      group: fc.constantFrom("g", "\u{1f600}", "\u{ffee}"),
      agent: pick,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("createTask" as const),
      ttlSeconds: seconds,
      maxRetries: fc.nat(2),
      requiredTools: tools,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("finish" as const),
      type: fc.constantFrom("completeTask", "failTask", "failTask"),
      task: pick,
      by: fc.oneof(fc.constant("claimer" as const), pick),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("policy" as const),
      type: fc.constantFrom("setPolicy", "deletePolicy"),
      id: fc.constantFrom("p", "q"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), call: pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("advance", "advance", "skip", "pause"), ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("stepWallClock" as const),
      ms: fc.constantFrom(-3_600_000, 3_600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

const at = <Item>(items: readonly Item[], index: Pick): Item | undefined => items[index % items.length];

/** The command of an action in the present state; nothing if the action is no command. */
export function commandOf(world: World, action: Action): Command | undefined {
  const { state } = world;
  // A stranger among the agents, and the ids of tasks among the keys.
  const agent = (index: Pick): string => at([...state.agents.keys(), "nobody"], index) ?? "nobody";
  const key = (index: Pick): string =>
    at(["k", "l\u{1f600}", "l\u{ffee}", ...state.tasks.keys()], index) ?? "k";
  const fresh = (kind: string): string => `${kind}-${state.sequence}`;
  switch (action.do) {
    case "register": {
      const { ttlSeconds, tools } = action;
      return { type: "register", agentId: fresh("a"), card: card("agent", { tools }), ttlSeconds };
    }
    case "agent":
      return { type: action.type, agentId: agent(action.agent) };
    case "acquire": {
      const { ttlSeconds, waitMs, lockDelayMs } = action;
      const named = { taskId: key(action.key), agentId: agent(action.agent) };
      return { type: "acquireLease", ...named, ttlSeconds, waitMs, lockDelayMs };
    }
    case "claim":
      return { type: "claimTask", agentId: agent(action.agent), waitMs: action.waitMs };
    case "lease": {
      const taskId = key(action.key);
      const held = state.leases.get(taskId);
      const agentId = action.by === "holder" ? (held?.agentId ?? "nobody") : agent(action.by);
      const token = BigInt((held?.token ?? 1) + action.tokenOff);
      const named = { taskId, agentId, token };
      return action.type === "renewLease"
        ? { type: "renewLease", ...named, ttlSeconds: action.ttlSeconds }
        : { type: "releaseLease", ...named };
    }
    case "group":
      return { type: action.type, group: action.group, agentId: agent(action.agent) };
    case "createTask": {
      const { ttlSeconds, maxRetries, requiredTools } = action;
      return createTaskCommand(fresh("t"), { ttlSeconds, maxRetries, requiredTools });
    }
    case "finish": {
      const task = at([...state.tasks.values()], action.task);
      const taskId = task?.id ?? "no task";
      const agentId = action.by === "claimer" ? task?.claimedByAgentId || "nobody" : agent(action.by);
      return action.type === "completeTask"
        ? { type: "completeTask", taskId, agentId, output: bytes(String(action.task % 2)) }
        : { type: "failTask", taskId, agentId, reason: "failed" };
    }
    case "policy": {
      const { id } = action;
      return action.type === "deletePolicy"
        ? { type: "deletePolicy", id }
        : { type: "setPolicy", policy: { id, subject: "s", action: "a", resource: "r", effect: "allow" } };
    }
    default:
      return undefined;
  }
}

/** A call that may still be withdrawn: it waits, or was the last one, whose answer may not have left yet. */
export function withdrawable(world: World, action: Extract<Action, { do: "cancel" }>): Ticket | undefined {
  const calls = world.history.flatMap((moment) => (moment.kind === "call" ? [moment] : []));
  const last = calls.at(-1);
  const waiting = calls.filter(({ ticket, reply }) => reply === deferred && !world.answers.has(ticket));
  return at([...waiting, ...(last === undefined ? [] : [last])], action.call)?.ticket;
}

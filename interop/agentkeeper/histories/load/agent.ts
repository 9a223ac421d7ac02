// Agents one after another in one lane: each registers, works, and ends by its own word or by silence.
import { type AgentHandle, AgentKeeperClient, type Hooks } from "@x/agentkeeper";
import { think } from "../../../shared/histories/pace.ts";
import type { Random } from "../../../shared/histories/random.ts";
import { electionLoad } from "./election-load.ts";
import type { FencedResource } from "./fenced-resource.ts";
import { leaseLoad } from "./lease-load.ts";
import type { Life } from "./life.ts";
import type { OpenCall, Recorder } from "./recorder.ts";
import { taskLoad, taskTools } from "./task-load.ts";

export interface Lane {
  /** Unlike that of any other lane; names of agents begin with it. */
  readonly name: string;
  readonly port: number;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly resource: FencedResource;
  readonly stopping: AbortSignal;
  /** Called for each agent that is registered. */
  readonly onRegistered: () => void;
}

export async function runLane(lane: Lane): Promise<void> {
  for (let lives = 1; !lane.stopping.aborted; lives += 1) {
    await liveOnce(lane, `${lane.name}-${lives}`);
  }
}

/** A client whose heartbeats are written down; it serves one agent, so they need no other name. */
export function openClient(lane: Pick<Lane, "port" | "recorder">, agentId: () => string): AgentKeeperClient {
  let beat: OpenCall | undefined;
  const hooks: Hooks = {
    onCallStart({ operation }) {
      if (operation === "heartbeat") {
        beat = lane.recorder.begin("heartbeat", { agent: agentId() });
      }
    },
    onCallEnd({ operation, error }) {
      if (operation === "heartbeat") {
        if (error === undefined) {
          beat?.ok({});
        } else {
          beat?.failed(error);
        }
      }
    },
  };
  return new AgentKeeperClient({
    host: "127.0.0.1",
    port: lane.port,
    timeoutMs: 3_000,
    maxRetries: 0,
    hooks,
  });
}

export function recordRegister(
  client: AgentKeeperClient,
  recorder: Recorder,
  agent: { readonly name: string; readonly ttlSeconds: number; readonly tools: readonly string[] },
): Promise<AgentHandle> {
  return recorder.call(
    "register",
    agent,
    () => client.register({ ...agent, description: "an agent of the load", version: "1" }),
    ({ agentId }) => ({ agent: agentId }),
  );
}

async function liveOnce(lane: Lane, name: string): Promise<void> {
  const { random, recorder, resource, stopping } = lane;
  let agentId = "";
  await using client = openClient(lane, () => agentId);
  try {
    const tools = random.pick([[], [taskTools[0]], [...taskTools]]);
    const handle = await recordRegister(client, recorder, { name, ttlSeconds: random.between(2, 4), tools });
    agentId = handle.agentId;
    lane.onRegistered();
    const lived = new AbortController();
    const retire = setTimeout(() => lived.abort(), random.between(4_000, 15_000));
    const signal = AbortSignal.any([stopping, handle.signal, lived.signal]);
    const life: Life = { client, agentId, random, recorder, resource, signal };
    await Promise.all([leaseLoad(life), electionLoad(life), taskLoad(life, "a"), taskLoad(life, "b")]);
    clearTimeout(retire);
    if (random.chance(0.6)) {
      await recorder.call(
        "deregister",
        { agent: agentId },
        () => handle.deregister({ maxRetries: 0 }),
        () => ({}),
      );
    }
    // Else the client goes without a word, and the agent dies by silence.
  } catch {
    // Written down by the recorder; the next agent tries again.
    await think(random, 50, 150, stopping);
  }
}

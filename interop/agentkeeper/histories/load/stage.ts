// Staged scenes: steps that the driver asks for one by one, so that what follows from them is certain.
import {
  type AgentHandle,
  type AgentKeeperClient,
  isServiceError,
  type LeaseHandle,
  type Task,
} from "@x/agentkeeper";
import { think } from "../../../shared/histories/pace.ts";
import type { Random } from "../../../shared/histories/random.ts";
import { openClient, recordRegister } from "./agent.ts";
import type { FencedResource } from "./fenced-resource.ts";
import { recordAcquire, recordRenew } from "./lease-load.ts";
import type { Recorder } from "./recorder.ts";
import { recordCampaign } from "./recorder.ts";
import type { Step } from "./step.ts";

export interface StageSettings {
  readonly name: string;
  readonly port: number;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly resource: FencedResource;
  readonly stopping: AbortSignal;
}

interface Actor {
  readonly client: AgentKeeperClient;
  readonly handle: AgentHandle;
}

export interface Stage {
  /** Answers "ok", "refused", or what went wrong. */
  perform(step: Step): Promise<string>;
  close(): Promise<void>;
}

/** Longer than any scene. */
const actorTtlSeconds = 60;

/** Far more than any load of the machine explains. */
const servedWithinMs = 20_000;

export function openStage(settings: StageSettings): Stage {
  const { name, random, recorder, resource, stopping } = settings;
  const clients: AgentKeeperClient[] = [];
  const held = new Map<string, LeaseHandle>();
  const candidates = new Map<string, Actor>();
  let actors = 0;

  const enter = async (tools: readonly string[]): Promise<Actor> => {
    let agentId = "";
    const client = openClient(settings, () => agentId);
    clients.push(client);
    actors += 1;
    const agent = { name: `${name}-actor-${actors}`, ttlSeconds: actorTtlSeconds, tools };
    const handle = await untilDone(() => recordRegister(client, recorder, agent));
    agentId = handle.agentId;
    return { client, handle };
  };

  /** Faults of the run may hit a step; it is done again until it gets an answer of the rules. */
  const untilDone = async <Answer>(attempt: () => Promise<Answer | undefined>): Promise<Answer> => {
    for (;;) {
      try {
        const answer = await attempt();
        if (answer !== undefined) {
          return answer;
        }
      } catch (error) {
        if (isRefusal(error)) {
          throw error;
        }
      }
      stopping.throwIfAborted();
      await think(random, 20, 60, stopping);
    }
  };

  const claim = (client: AgentKeeperClient, agent: string, signal: AbortSignal): Promise<Task> =>
    recorder.call(
      "claimTask",
      { agent },
      () => client.claimTask(agent, { signal, maxRetries: 0 }),
      ({ id, retryCount }) => ({ task: id, retryCount }),
    );

  const leaseOf = (key: string): LeaseHandle => {
    const lease = held.get(key);
    if (lease === undefined) {
      throw new Error(`${key} was never held here`);
    }
    return lease;
  };

  const candidateOf = async (name: string): Promise<Actor> => {
    const actor = candidates.get(name) ?? (await enter([]));
    candidates.set(name, actor);
    return actor;
  };

  const act = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case "hold": {
        const { client, handle } = await enter([]);
        const life = { client, recorder, agentId: handle.agentId };
        const lease = await untilDone(
          async () => (await recordAcquire(life, step.key, step.ttlSeconds)) ?? undefined,
        );
        held.set(step.key, lease);
        return;
      }
      case "write": {
        const { lease } = leaseOf(step.key);
        if (!(await resource.write(lease.holderAgentId, step.key, lease.token))) {
          throw refused;
        }
        return;
      }
      case "renew": {
        const lease = leaseOf(step.key);
        await untilDone(async () => {
          await recordRenew(recorder, lease, step.ttlSeconds);
          return true;
        });
        return;
      }
      case "block": {
        const { client, handle } = await enter([step.tool]);
        const { agentId } = handle;
        for (let isBlocked = false; !isBlocked; ) {
          isBlocked = true;
          // A task of the load may be there for it. That one is left to its time.
          void claim(client, agentId, stopping).then(
            () => {
              isBlocked = false;
            },
            () => undefined,
          );
          // Sent after the claim on the same connection: when this is answered, the daemon has the claim.
          await client.getAgent(agentId);
        }
        return;
      }
      case "create": {
        const { client, handle } = await enter([]);
        const task = {
          type: `${handle.agentId}/1`,
          ttlSeconds: step.ttlSeconds,
          maxRetries: 0,
          requiredTools: [step.tool],
        };
        await recorder.call(
          "createTask",
          {
            agent: handle.agentId,
            taskType: task.type,
            ttlSeconds: task.ttlSeconds,
            maxRetries: 0,
            tools: task.requiredTools,
          },
          () => client.createTask(task),
          ({ id }) => ({ task: id }),
        );
        return;
      }
      case "serve": {
        const { client, handle } = await enter([step.tool]);
        const agent = handle.agentId;
        const patience = AbortSignal.any([stopping, AbortSignal.timeout(servedWithinMs)]);
        // Tasks of the load for no tool in particular come too, and are done on the way.
        for (let isServed = false; !isServed; ) {
          const task = await claim(client, agent, patience);
          await recorder.call(
            "completeTask",
            { agent, task: task.id, output: "served" },
            () => client.completeTask(task.id, agent, { output: "served", maxRetries: 0 }),
            () => ({}),
          );
          isServed = task.requiredTools.includes(step.tool);
        }
        return;
      }
      case "campaign": {
        const { client, handle } = await candidateOf(step.as);
        const args = { agent: handle.agentId, group: step.group };
        await untilDone(() => recordCampaign(client, recorder, args));
        return;
      }
      case "resign": {
        const { client, handle } = await candidateOf(step.as);
        await recorder.call(
          "resign",
          { agent: handle.agentId, group: step.group },
          () => client.resign(step.group, handle.agentId, { maxRetries: 0 }),
          () => ({}),
        );
        return;
      }
    }
  };

  return {
    async perform(step: Step): Promise<string> {
      try {
        await act(step);
        return "ok";
      } catch (error) {
        return isRefusal(error) ? "refused" : String(error);
      }
    },
    async close(): Promise<void> {
      for (const client of clients) {
        await client.close();
      }
    },
  };
}

const refused = new Error("the resource has seen a greater token");

function isRefusal(error: unknown): boolean {
  return (
    error === refused ||
    (isServiceError(error) && ["lease_not_held", "lease_token_mismatch"].includes(error.code))
  );
}

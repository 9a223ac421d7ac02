// What an agent of the load works with, from its registration to its end.
import type { AgentKeeperClient } from "@x/agentkeeper";
import type { Random } from "../../../shared/histories/random.ts";
import type { FencedResource } from "./fenced-resource.ts";
import type { Recorder } from "./recorder.ts";

export interface Life {
  readonly client: AgentKeeperClient;
  readonly agentId: string;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly resource: FencedResource;
  /** Aborts when the agent is dead, has lived long enough, or the load ends. */
  readonly signal: AbortSignal;
}

// How calls on AgentKeeper are written down, and which of their errors say that nothing was changed.
import { type AgentKeeperClient, type ElectionState, isServiceError } from "@x/agentkeeper";
import * as histories from "../../../shared/histories/recorder.ts";
import type { Fields, Operation } from "../recording.ts";

export type OpenCall = histories.OpenCall<Fields>;
export type Recorder = histories.Recorder<Operation, Fields>;

/** Answers of the rules: nothing was changed. Whatever else a call ends with leaves its effect open. */
const refusals: ReadonlySet<string> = new Set([
  "agent_not_found",
  "agent_dead",
  "lease_not_held",
  "lease_token_mismatch",
  "task_not_found",
  "task_not_yours",
  "task_not_claimed",
]);

export function openRecorder(file: string): Recorder {
  return histories.openRecorder<Operation, Fields>(file, (error, op) => {
    const code = isServiceError(error) ? error.code : String(error);
    // A grant that came late is renewed by the client, and may be over by then.
    const wasGranted = op === "acquire" && code.startsWith("lease_");
    return { outcome: refusals.has(code) && !wasGranted ? "refused" : "unknown", code };
  });
}

/** A campaign. One without an answer is taken back by the client, which is written down as a resignation that may have been. */
export async function recordCampaign(
  client: AgentKeeperClient,
  recorder: Recorder,
  args: { readonly agent: string; readonly group: string },
): Promise<ElectionState> {
  const { agent, group } = args;
  try {
    return await recorder.call(
      "campaign",
      args,
      () => client.campaign(group, agent, { maxRetries: 0 }),
      (state) => ({ leader: state.leaderAgentId, term: String(state.term) }),
    );
  } catch (error) {
    const takenBack = async (): Promise<never> => {
      await client.settled();
      throw error;
    };
    return recorder.call("resign", args, takenBack, () => ({}));
  }
}

// Elections in a few groups: entered, asked about by entering again, and left.
import { hotName, think } from "../../../shared/histories/pace.ts";
import type { Life } from "./life.ts";
import { recordCampaign } from "./recorder.ts";

const groups = 2;
const groupSeconds = 10;

export async function electionLoad(life: Life): Promise<void> {
  const { client, agentId, random, recorder, signal } = life;
  while (!signal.aborted) {
    const group = hotName("group", random.between(1, groups), groupSeconds);
    const args = { agent: agentId, group };
    try {
      if (random.chance(0.7)) {
        await recordCampaign(client, recorder, args);
      } else {
        await recorder.call(
          "resign",
          args,
          () => client.resign(group, agentId, { maxRetries: 0 }),
          () => ({}),
        );
      }
    } catch {
      // Written down by the recorder; the load goes on.
      await think(random, 50, 150, signal);
    }
    await think(random, 30, 150, signal);
  }
}

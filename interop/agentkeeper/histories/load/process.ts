// A load process: some agents in lanes, and a stage for the driver's scenes.
import { runLoad } from "../../../shared/histories/load.ts";
import { createRandom } from "../../../shared/histories/random.ts";
import type { Write } from "../fenced-store.ts";
import { runLane } from "./agent.ts";
import { connectResource } from "./fenced-resource.ts";
import { openRecorder } from "./recorder.ts";
import { openStage } from "./stage.ts";
import type { Step } from "./step.ts";

await runLoad<Step, Write, boolean>(({ name, port, file, seed, stopping, ask }) => {
  const recorder = openRecorder(file);
  const resource = connectResource(recorder, ask);
  const shared = { port, recorder, resource, stopping };
  return {
    ...openStage({ ...shared, name, random: createRandom(seed) }),
    runLane: (index, onRegistered) =>
      runLane({
        ...shared,
        name: `${name}-${index}`,
        random: createRandom(seed * 1_000 + index + 1),
        onRegistered,
      }),
  };
});

// A load process: some agents in lanes, and a stage for the driver's scenes. Its settings are its first argument.
import { runLane } from "./agent.ts";
import { connectResource } from "./fenced-resource.ts";
import type { FromLoad, LoadSettings, ToLoad } from "./messages.ts";
import { createRandom } from "./random.ts";
import { openRecorder } from "./recorder.ts";
import { openStage } from "./stage.ts";

const settings: LoadSettings = JSON.parse(process.argv[2] ?? "");
const { name, port, seed } = settings;
const recorder = openRecorder(settings.file);
const stopping = new AbortController();

const say = (message: FromLoad): void => {
  process.send?.(message);
};
const resource = connectResource(recorder, say);
const stage = openStage({
  name,
  port,
  recorder,
  resource,
  random: createRandom(seed),
  stopping: stopping.signal,
});

const ended = new Promise<void>((resolve) => {
  process.on("message", (message: ToLoad) => {
    switch (message.type) {
      case "step":
        void stage.perform(message.step).then((answer) => say({ type: "did", id: message.id, answer }));
        break;
      case "written":
        resource.answered(message);
        break;
      case "stop":
        resolve();
        break;
    }
  });
  // Without its driver a load has no purpose.
  process.on("disconnect", () => process.exit(1));
});

let hasStarted = false;
const started = (): void => {
  if (!hasStarted) {
    hasStarted = true;
    say({ type: "started" });
  }
};
if (settings.lanes === 0) {
  started();
}

const lanes = Array.from({ length: settings.lanes }, (_, index) =>
  runLane({
    name: `${name}-${index}`,
    port,
    recorder,
    resource,
    random: createRandom(seed * 1_000 + index + 1),
    stopping: stopping.signal,
    onRegistered: started,
  }),
);

await ended;
stopping.abort();
await Promise.all(lanes);
await stage.close();
process.exit(0);

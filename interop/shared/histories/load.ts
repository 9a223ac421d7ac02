// A load process from within: agents in lanes, and a stage for the driver's scenes. Its settings are its first argument.
import type { FromLoad, LoadSettings, ToLoad } from "./messages.ts";

export interface LoadContext<Question, Answer> extends LoadSettings {
  /** Aborts when the load is to end. */
  readonly stopping: AbortSignal;
  /** Asks the driver. */
  ask(question: Question): Promise<Answer>;
}

/** What a service's load does. */
export interface Load<Step> {
  /** Works as one agent after another until `stopping` aborts; calls `onWorking` when the first one is at work. */
  runLane(index: number, onWorking: () => void): Promise<void>;
  /** Does one step of a scene by an agent that no lane uses; answers "ok", "refused", or what went wrong. */
  perform(step: Step): Promise<string>;
  close(): Promise<void>;
}

/** Runs until the driver stops it, or ends with the driver. */
export async function runLoad<Step, Question, Answer>(
  open: (context: LoadContext<Question, Answer>) => Load<Step>,
): Promise<never> {
  const settings: LoadSettings = JSON.parse(process.argv[2] ?? "");
  const stopping = new AbortController();
  const asked = new Map<number, (answer: Answer) => void>();
  let questions = 0;
  const say = (message: FromLoad<Question>): void => {
    process.send?.(message);
  };
  const load = open({
    ...settings,
    stopping: stopping.signal,
    ask(question) {
      questions += 1;
      const id = questions;
      return new Promise((resolve) => {
        asked.set(id, resolve);
        say({ type: "ask", id, question });
      });
    },
  });

  const ended = new Promise<void>((resolve) => {
    process.on("message", (message: ToLoad<Step, Answer>) => {
      switch (message.type) {
        case "step":
          void load.perform(message.step).then((answer) => say({ type: "did", id: message.id, answer }));
          break;
        case "answer":
          asked.get(message.id)?.(message.answer);
          asked.delete(message.id);
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
  const onWorking = (): void => {
    if (!hasStarted) {
      hasStarted = true;
      say({ type: "started" });
    }
  };
  if (settings.lanes === 0) {
    onWorking();
  }
  const lanes = Array.from({ length: settings.lanes }, (_, index) => load.runLane(index, onWorking));

  await ended;
  stopping.abort();
  await Promise.all(lanes);
  await load.close();
  process.exit(0);
}

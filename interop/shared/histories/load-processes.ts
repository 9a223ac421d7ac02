// Load processes as the driver handles them: started, asked for steps, stopped by a signal, ended.
import type { Child, Children } from "./children.ts";
import type { FromLoad, LoadSettings, ToLoad } from "./messages.ts";

export interface LoadProcess<Step> {
  readonly name: string;
  readonly file: string;
  /** Resolves when its agents are at work. */
  readonly started: Promise<void>;
  /** Asks for one step of a scene; answers "ok", "refused", or what went wrong. */
  step(step: Step): Promise<string>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Lets it finish, and ends it if it does not. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** How long a load process may take to end its agents. */
const stopWithinMs = 20_000;

/** @param answer answers what the load asks its driver */
export function startLoad<Step, Question, Answer>(
  children: Children,
  loadFile: string,
  settings: LoadSettings,
  answer: (question: Question) => Answer,
): LoadProcess<Step> {
  const child: Child = children.fork(loadFile, settings);
  const steps = new Map<number, (answer: string) => void>();
  let count = 0;
  const say = (message: ToLoad<Step, Answer>): void => {
    if (child.process.connected) {
      child.process.send(message);
    }
  };

  let onStarted: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    onStarted = resolve;
  });

  child.process.on("message", (message: FromLoad<Question>) => {
    switch (message.type) {
      case "started":
        onStarted();
        break;
      case "ask":
        say({ type: "answer", id: message.id, answer: answer(message.question) });
        break;
      case "did":
        steps.get(message.id)?.(message.answer);
        steps.delete(message.id);
        break;
    }
  });
  child.process.on("exit", () => {
    onStarted();
    for (const end of steps.values()) {
      end("the process has ended");
    }
  });

  return {
    name: settings.name,
    file: settings.file,
    started,
    step(step: Step): Promise<string> {
      count += 1;
      const id = count;
      return new Promise((resolve) => {
        steps.set(id, resolve);
        say({ type: "step", id, step });
      });
    },
    signal: (signal) => void child.process.kill(signal),
    async stop(): Promise<void> {
      say({ type: "stop" });
      const timer = setTimeout(() => child.process.kill("SIGKILL"), stopWithinMs);
      await child.ended;
      clearTimeout(timer);
    },
    kill: () => child.kill(),
  };
}

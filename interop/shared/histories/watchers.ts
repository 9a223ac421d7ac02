// Live watchers in processes of their own, so that one of them can stop reading.
import type { Child, Children } from "./children.ts";

/** The watcher's first argument, as JSON. It says "ready" when it watches, and ends at the first message. */
export interface WatcherSettings {
  readonly port: number;
  /** Where it writes down each event as it comes. */
  readonly file: string;
}

export interface Watcher {
  readonly file: string;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Resolves when the daemon has the subscription in force. */
export async function startWatcher(
  children: Children,
  watcherFile: string,
  settings: WatcherSettings,
): Promise<Watcher> {
  const child: Child = children.fork(watcherFile, settings);
  await new Promise<void>((resolve, reject) => {
    child.process.once("message", () => resolve());
    child.process.once("exit", (code) => reject(new Error(`a watcher ended early with ${code}`)));
  });
  return {
    file: settings.file,
    signal: (signal) => void child.process.kill(signal),
    async stop(): Promise<void> {
      if (child.process.connected) {
        child.process.send({ type: "stop" });
      }
      await child.ended;
    },
  };
}

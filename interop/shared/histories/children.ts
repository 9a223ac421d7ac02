// The load and watcher processes of a run. None of them outlives it, whatever happens.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<unknown>;
  /** SIGKILL reaches a stopped process too. */
  kill(): Promise<void>;
}

export interface Children {
  /** A TypeScript file as a process that talks by messages; it gets the settings as its first argument. */
  fork(file: string, settings: object): Child;
  killAll(): Promise<void>;
}

export function createChildren(): Children {
  const alive = new Set<Child>();

  // A run that is interrupted leaves by this way.
  const killNow = (): void => {
    for (const { process: child } of alive) {
      child.kill("SIGKILL");
    }
  };
  process.on("exit", killNow);
  const leave = (): never => process.exit(1);
  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);

  return {
    fork(file, settings): Child {
      const child = fork(file, [JSON.stringify(settings)], { stdio: "inherit" });
      const ended = once(child, "close");
      const owned: Child = {
        process: child,
        ended,
        async kill(): Promise<void> {
          child.kill("SIGKILL");
          await ended;
        },
      };
      alive.add(owned);
      ended.then(
        () => alive.delete(owned),
        () => alive.delete(owned),
      );
      return owned;
    },
    async killAll(): Promise<void> {
      await Promise.all([...alive].map((child) => child.kill()));
      process.off("exit", killNow);
      process.off("SIGTERM", leave);
      process.off("SIGINT", leave);
    },
  };
}

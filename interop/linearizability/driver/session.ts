// One recorded run: a daemon, load on it from several processes, watchers, and all of it written down at the end.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "@x/core/testing";
import { type DaemonLine, monotonicMicros } from "../recording.ts";
import { type Children, createChildren } from "./children.ts";
import { createDaemon, type Daemon } from "./daemon.ts";
import { readAfterwards } from "./event-log.ts";
import { createFencedStore } from "./fenced-store.ts";
import { type LoadProcess, startLoad } from "./load-processes.ts";
import { type CallFile, mergeCalls } from "./merge.ts";
import { startWatcher, type Watcher } from "./watchers.ts";

export interface SessionSettings {
  /** Where the recording goes. */
  readonly folder: string;
  /** Whether the daemon keeps its data on disk, so that it may be killed. */
  readonly durable: boolean;
  readonly seed: number;
}

export interface Session extends AsyncDisposable {
  readonly daemon: Daemon;
  /** The first two talk to the daemon directly, the others through a proxy each. */
  readonly loads: readonly LoadProcess[];
  readonly proxies: readonly FaultProxy[];
  /** The first always reads; the second may be stopped. */
  readonly watchers: readonly [Watcher, Watcher];
  /** A further load process, without lanes. */
  startExtra(): LoadProcess;
  /** Ends the load and writes the recording; answers how many calls it holds. */
  finish(): Promise<SessionCounts>;
}

export interface SessionCounts {
  readonly calls: number;
  readonly unknown: number;
  readonly events: number;
}

const lanesPerProcess = 3;
const clockSampleMs = 500;

export async function openSession({ folder, durable, seed }: SessionSettings): Promise<Session> {
  mkdirSync(folder, { recursive: true });
  const children: Children = createChildren();
  const daemonLines: DaemonLine[] = [];
  const files: CallFile[] = [];
  const proxies: FaultProxy[] = [];
  const store = createFencedStore();
  let processes = 0;
  const sampleClocks = (): void => {
    daemonLines.push({ kind: "clock", mono: monotonicMicros(), wall: Date.now() });
  };
  const sampler = setInterval(sampleClocks, clockSampleMs);
  sampleClocks();

  const dispose = async (): Promise<void> => {
    clearInterval(sampler);
    await children.killAll();
    for (const proxy of proxies) {
      await proxy.close();
    }
  };

  try {
    const dataDir = durable ? join(folder, "data") : undefined;
    const daemon = await createDaemon({ children, dataDir, note: (line) => daemonLines.push(line) });
    await daemon.start();
    const watch = (name: string): Promise<Watcher> =>
      startWatcher(children, { port: daemon.port, file: join(folder, `seen-${name}.jsonl`) });
    const watchers = [await watch("steady"), await watch("stopped")] as const;

    const load = (lanes: number, port: number): LoadProcess => {
      processes += 1;
      const name = `p${processes}`;
      const file = join(folder, `raw-${name}.jsonl`);
      writeFileSync(file, "");
      return startLoad(children, store, { name, file, port, lanes, seed: seed + processes });
    };
    /** Kills or stops it, and remembers what it wrote. */
    const ended = async (process: LoadProcess, end: () => Promise<void>): Promise<void> => {
      await end();
      files.push({ process: process.name, file: process.file, endedAt: monotonicMicros() });
    };

    proxies.push(await startFaultProxy({ port: daemon.port }), await startFaultProxy({ port: daemon.port }));
    const ports = [daemon.port, daemon.port, ...proxies.map((proxy) => proxy.port)];
    const loads = ports.map((port) => load(lanesPerProcess, port));
    await Promise.all(loads.map((each) => each.started));

    return {
      daemon,
      loads,
      proxies,
      watchers,

      startExtra(): LoadProcess {
        const extra = load(0, daemon.port);
        return {
          ...extra,
          stop: () => ended(extra, extra.stop),
          kill: () => ended(extra, extra.kill),
        };
      },

      async finish(): Promise<SessionCounts> {
        await Promise.all(loads.map((each) => ended(each, each.stop)));
        const events = await readAfterwards(daemon.port, folder);
        await Promise.all(watchers.map((watcher) => watcher.stop()));
        await daemon.stop();
        clearInterval(sampler);
        sampleClocks();
        const calls = mergeCalls(files);
        writeLines(join(folder, "calls.jsonl"), calls);
        writeLines(join(folder, "daemon.jsonl"), daemonLines);
        const unknown = calls.filter((call) => call.outcome === "unknown").length;
        return { calls: calls.length, unknown, events };
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

export function writeLines(file: string, lines: readonly object[]): void {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

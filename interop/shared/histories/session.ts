// One recorded run: a daemon, load on it from several processes, watchers, and all of it written down at the end.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "@x/core/testing";
import { type Children, createChildren } from "./children.ts";
import { createDaemon, type Daemon, type Executable } from "./daemon.ts";
import { type LoadProcess, startLoad } from "./load-processes.ts";
import { type CallFile, mergeCalls } from "./merge.ts";
import { type DaemonLine, monotonicMicros } from "./recording.ts";
import { startWatcher, type Watcher } from "./watchers.ts";

/** What a session needs of a service. */
export interface Service<Question, Answer> {
  readonly executable: Executable;
  /** Runs `runLoad`. */
  readonly loadFile: string;
  /** Obeys `WatcherSettings`. */
  readonly watcherFile: string;
  /** For one session: answers what load processes ask of what they share. */
  share(): (question: Question) => Answer;
  /** After the load: writes `final.json` and `log.jsonl`; answers how many events the log has. */
  readAfterwards(port: number, folder: string): Promise<number>;
}

export interface SessionSettings {
  /** Where the recording goes. */
  readonly folder: string;
  /** Whether the daemon keeps its data on disk, so that it may be killed. */
  readonly durable: boolean;
  readonly seed: number;
}

export interface Session<Step> extends AsyncDisposable {
  readonly daemon: Daemon;
  /** The first two talk to the daemon directly, the others through a proxy each. */
  readonly loads: readonly LoadProcess<Step>[];
  readonly proxies: readonly FaultProxy[];
  /** The first always reads; the second may be stopped. */
  readonly watchers: readonly [Watcher, Watcher];
  /** A further load process, without lanes. */
  startExtra(): LoadProcess<Step>;
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

export async function openSession<Step, Question, Answer>(
  service: Service<Question, Answer>,
  { folder, durable, seed }: SessionSettings,
): Promise<Session<Step>> {
  mkdirSync(folder, { recursive: true });
  const children: Children = createChildren();
  const daemonLines: DaemonLine[] = [];
  const files: CallFile[] = [];
  const proxies: FaultProxy[] = [];
  const answer = service.share();
  let daemon: Daemon | undefined;
  let processes = 0;
  const sampleClocks = (): void => {
    daemonLines.push({ kind: "clock", mono: monotonicMicros(), wall: Date.now() });
  };
  const sampler = setInterval(sampleClocks, clockSampleMs);
  sampleClocks();

  const dispose = async (): Promise<void> => {
    clearInterval(sampler);
    await children.killAll();
    await daemon?.[Symbol.asyncDispose]();
    for (const proxy of proxies) {
      await proxy.close();
    }
  };

  try {
    const dataDir = durable ? join(folder, "data") : undefined;
    const note = (line: DaemonLine): void => void daemonLines.push(line);
    const clockFile = join(folder, "clock-offset");
    const started = await createDaemon({ executable: service.executable, dataDir, clockFile, note });
    daemon = started;
    await started.start();
    const { port } = started;
    const watch = (name: string): Promise<Watcher> =>
      startWatcher(children, service.watcherFile, { port, file: join(folder, `seen-${name}.jsonl`) });
    const watchers = [await watch("steady"), await watch("stopped")] as const;

    const load = (lanes: number, through: number): LoadProcess<Step> => {
      processes += 1;
      const name = `p${processes}`;
      const file = join(folder, `raw-${name}.jsonl`);
      writeFileSync(file, "");
      const settings = { name, file, port: through, lanes, seed: seed + processes };
      return startLoad(children, service.loadFile, settings, answer);
    };
    /** Kills or stops it, and remembers what it wrote. */
    const ended = async (process: LoadProcess<Step>, end: () => Promise<void>): Promise<void> => {
      await end();
      files.push({ process: process.name, file: process.file, endedAt: monotonicMicros() });
    };

    proxies.push(await startFaultProxy({ port }), await startFaultProxy({ port }));
    const ports = [port, port, ...proxies.map((proxy) => proxy.port)];
    const loads = ports.map((through) => load(lanesPerProcess, through));
    await Promise.all(loads.map((each) => each.started));

    return {
      daemon: started,
      loads,
      proxies,
      watchers,

      startExtra(): LoadProcess<Step> {
        const extra = load(0, port);
        return {
          ...extra,
          stop: () => ended(extra, extra.stop),
          kill: () => ended(extra, extra.kill),
        };
      },

      async finish(): Promise<SessionCounts> {
        await Promise.all(loads.map((each) => ended(each, each.stop)));
        const events = await service.readAfterwards(port, folder);
        await Promise.all(watchers.map((watcher) => watcher.stop()));
        await started.stop();
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

function writeLines(file: string, lines: readonly object[]): void {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

// Tasks per second, from a send that waits to the completed task, through a handler in a process of its own, beside the official core.

import { join } from "node:path";
import { freePort } from "@x/core/testing";
import { describeLoad, type LoadTimes, runLoad } from "../shared/load.ts";
import { runForJson } from "../shared/programs.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { officialPrograms } from "./python.ts";
import { anyUrl, startCoreProcess, startHandler } from "./server.ts";

const program = join(import.meta.dirname, "task-load.ts");
const officialProgram = join(import.meta.dirname, "official-load.ts");
const slices = 10;
const callers = 16;

export async function measureTasks(spanMs: number): Promise<void> {
  const times: LoadTimes = { callers, sliceMs: spanMs / slices, slices };
  using store = storeDirectory("bindu");
  await using core = await startCoreProcess([store.flag]);
  await using handler = await startHandler({ core: core.address, kind: "echo", urls: [anyUrl] });
  const [url = ""] = handler.urls;
  const usedBefore = core.usage.cpuSeconds();
  const [durable] = await runLoad(program, times, [{ url }]);
  row(`tasks, durable, ${callers} callers`, describeLoad(durable), {
    value: durable.perSecond,
    target: { atLeast: 1_500, unit: "/s" },
  });
  row("processor time of the core for them", `${count(core.usage.cpuSeconds() - usedBefore)} s`);
  const [serial] = await runLoad(program, { ...times, callers: 1 }, [{ url }]);
  row("a task, durable, serial", describeLoad(serial), {
    value: serial.p50Ms,
    target: { atMost: 6, unit: " ms" },
  });
  await measureOfficial(durable.perSecond, spanMs);
  await using volatile = await startCoreProcess();
  await using other = await startHandler({ core: volatile.address, kind: "echo", urls: [anyUrl] });
  const [inMemory] = await runLoad(program, times, [{ url: other.urls[0] ?? "" }]);
  row(`tasks, in memory, ${callers} callers`, describeLoad(inMemory));
}

/** The official core keeps nothing, and does one task at a time. */
async function measureOfficial(ours: number, spanMs: number): Promise<void> {
  const programs = officialPrograms();
  if (programs === undefined) {
    row("the official core", "no Python 3.12 here");
    return;
  }
  using folder = storeDirectory("bindu");
  const [port, agentPort] = [await freePort(), await freePort()];
  await using handler = await startHandler({
    core: `localhost:${port}`,
    command: {
      command: [join(programs, "bindu"), "serve", "--grpc", "--grpc-port", String(port)],
      cwd: folder.path,
    },
    kind: "echo",
    urls: [`http://localhost:${agentPort}`],
  });
  const args = [officialProgram, handler.urls[0] ?? "", callers, spanMs];
  const perSecond = await runForJson<number>(process.execPath, args);
  row(`tasks, the official core in memory, ${callers} callers`, `${count(perSecond)}/s`);
  row("tasks, ours durable / official", count(ours / perSecond), {
    value: ours / perSecond,
    target: { atLeast: 20 },
  });
}

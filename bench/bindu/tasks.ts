// Tasks per second, from a send that waits to the completed task, through a handler in a process of its own.

import { join } from "node:path";
import { describeLoad, type LoadTimes, runLoad } from "../shared/load.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { startCoreProcess, startHandler } from "./server.ts";

const program = join(import.meta.dirname, "task-load.ts");
const anyUrl = "http://127.0.0.1:0";
const slices = 10;

export async function measureTasks(spanMs: number): Promise<void> {
  const times: LoadTimes = { callers: 16, sliceMs: spanMs / slices, slices };
  using store = storeDirectory("bindu");
  await using core = await startCoreProcess([store.flag]);
  await using handler = await startHandler({ core: core.address, kind: "echo", urls: [anyUrl] });
  const [url = ""] = handler.urls;
  const cpu = core.usage.cpuSeconds();
  const [many] = await runLoad(program, times, [{ url }]);
  console.log("cpu", core.usage.cpuSeconds() - cpu);
  row("tasks, durable, 16 callers", describeLoad(many), {
    value: many.perSecond,
    target: { atLeast: 1_500, unit: "/s" },
  });
  const [serial] = await runLoad(program, { ...times, callers: 1 }, [{ url }]);
  row("a task, durable, serial", describeLoad(serial), {
    value: serial.p50Ms,
    target: { atMost: 6, unit: " ms" },
  });
  await using volatile = await startCoreProcess();
  await using other = await startHandler({ core: volatile.address, kind: "echo", urls: [anyUrl] });
  const [inMemory] = await runLoad(program, times, [{ url: other.urls[0] ?? "" }]);
  row("tasks, in memory, 16 callers", describeLoad(inMemory));
  row("most memory of the durable core", `${count(core.usage.peakMb())} MB`);
}

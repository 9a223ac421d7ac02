// What Bindu costs: tasks. `BENCH_SPAN_MS` sets the time of each measurement of tasks, `BENCH_PART` names one part.

import { measureTasks } from "./bindu/tasks.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 3_500);

export const run = (): Promise<void> => runParts("Bindu", { tasks: () => measureTasks(spanMs) });

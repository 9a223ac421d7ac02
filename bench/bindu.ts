// What Bindu costs: tasks beside the official core, streams, an agent's call beside the official client, a full house, and the import.
// `BENCH_SPAN_MS` sets the time of each measurement of tasks, `BENCH_PART` names one part.

import { measureClients } from "./bindu/client-cost.ts";
import { measureImports } from "./bindu/imports.ts";
import { measurePopulation } from "./bindu/population.ts";
import { measureStreams } from "./bindu/streams.ts";
import { measureTasks } from "./bindu/tasks.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 3_500);

export const run = (): Promise<void> =>
  runParts("Bindu", {
    tasks: () => measureTasks(spanMs),
    streams: measureStreams,
    client: measureClients,
    population: measurePopulation,
    imports: measureImports,
  });

// What Grid costs: signed sends beside a handler that only verifies, verifications, events, the client beside one in Python, a full
// house, and the import. `BENCH_SPAN_MS` sets the time of each measurement of sends, `BENCH_PART` names one part.

import { measureClients } from "./grid/client-cost.ts";
import { measureEvents } from "./grid/events.ts";
import { measureImports } from "./grid/imports.ts";
import { measurePopulation } from "./grid/population.ts";
import { measureSends } from "./grid/sends.ts";
import { measureVerifications } from "./grid/verifications.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 3_500);

export const run = (): Promise<void> =>
  runParts("Grid", {
    sends: () => measureSends(spanMs),
    verifications: () => measureVerifications(spanMs),
    events: measureEvents,
    client: measureClients,
    population: measurePopulation,
    imports: measureImports,
  });

// What AgentDraft costs: decisions of the engine alone, commits over HTTP, races, and the client beside the official one.
// `BENCH_SPAN_MS` sets the time of each measurement of commits, `BENCH_PART` names one part.

import { measureAudit } from "./agentdraft/audit.ts";
import { measureClients } from "./agentdraft/client-cost.ts";
import { measureCommits } from "./agentdraft/commits.ts";
import { measureEngine } from "./agentdraft/engine.ts";
import { measureRaces } from "./agentdraft/race.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 3_500);

export const run = (): Promise<void> =>
  runParts("AgentDraft", {
    engine: measureEngine,
    commits: () => measureCommits(spanMs),
    races: measureRaces,
    client: measureClients,
    audit: measureAudit,
  });

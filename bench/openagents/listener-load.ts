// Load: agents that listen, by a stream or by long polls: `listener-load.ts URL stream|poll`, which is told whose events, and asked
// what came.

import { Agent, get, type IncomingMessage } from "node:http";
import { waitUntil } from "@x/core/testing";
import { serveParent } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import type { BenchAgent } from "./agents.ts";

/** What came. */
export interface Heard {
  readonly events: number;
  /** Events that were not the next ones of their listener. */
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Question = { readonly listen: readonly BenchAgent[] } | { readonly until: number };

interface Told {
  readonly event_name: string;
  readonly payload: { readonly sequence: number; readonly at: number };
}

const [url = "", how = ""] = process.argv.slice(2);
const connections = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const latenessMs: number[] = [];
let wrong = 0;

function open(path: string, { secret }: BenchAgent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}` };
    get(url + path, { agent: connections, headers }, (response) => {
      if (response.statusCode === 200) {
        resolve(response.setEncoding("utf8"));
      } else {
        reject(new Error(`${path}: HTTP ${response.statusCode}`));
      }
    }).on("error", reject);
  });
}

/** Counts what one listener hears. */
function createEar(): (event: Told) => void {
  let expected = 0;
  return ({ event_name, payload }) => {
    if (event_name === "agent.message") {
      latenessMs.push(Date.now() - payload.at);
      wrong += payload.sequence === expected ? 0 : 1;
      expected = payload.sequence + 1;
    }
  };
}

async function followStream(agent: BenchAgent): Promise<void> {
  const hear = createEar();
  const response = await open(`/api/stream?agent_id=${agent.id}`, agent);
  let rest = "";
  response.on("data", (piece: string) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data: ")) {
        hear(JSON.parse(line.slice(6)) as Told);
      }
    }
  });
}

/** Polls once, to begin; then without an end. */
async function followPolls(agent: BenchAgent): Promise<void> {
  const hear = createEar();
  let ack = "";
  const poll = async (wait: number): Promise<void> => {
    let text = "";
    for await (const piece of await open(`/api/poll?agent_id=${agent.id}&wait=${wait}&ack=${ack}`, agent)) {
      text += piece;
    }
    const { messages, next_ack } = JSON.parse(text) as { messages: readonly Told[]; next_ack: string };
    messages.forEach(hear);
    ack = next_ack;
  };
  await poll(0);
  void (async () => {
    for (;;) {
      await poll(25);
    }
  })();
}

serveParent<Question>(async (question) => {
  if ("listen" in question) {
    for (const agent of question.listen) {
      await (how === "stream" ? followStream(agent) : followPolls(agent));
    }
    return {};
  }
  const { until } = question;
  await waitUntil(() => latenessMs.length >= until, { what: "all events", withinMs: 60_000 }).catch(
    () => undefined,
  );
  return {
    events: latenessMs.length,
    wrong,
    p50Ms: quantile(latenessMs, 0.5),
    p99Ms: quantile(latenessMs, 0.99),
  };
});

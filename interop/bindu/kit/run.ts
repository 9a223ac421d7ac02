// The checks of A2A's compatibility kit, which no registry has, by what is said of it: MUST, SHOULD and MAY, in both bindings, and
// once more with an agent that can less.
import { runSteps, type Steps } from "../../shared/steps.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { type Binding, httpJson, jsonRpc } from "./bindings.ts";
import { createCaller } from "./caller.ts";
import { cards } from "./cards.ts";
import { startAgent } from "./handler.ts";
import { capabilitiesOff, requiredExtension } from "./off.ts";
import { pushes } from "./pushes.ts";
import { sends } from "./sends.ts";
import { streams } from "./streams.ts";
import { tasks } from "./tasks.ts";
import { httpWire, rpcWire, versions } from "./wires.ts";

const bindings: readonly ((face: string) => Binding)[] = [jsonRpc, httpJson];

export async function run(): Promise<Counts> {
  await using full = await startAgent("full", {
    capabilities: { streaming: true, push_notifications: true },
  });
  await using less = await startAgent("less", {
    capabilities: { streaming: false, push_notifications: false },
    extra_metadata: { a2aRequiredExtensions: [requiredExtension] },
  });
  const [url, lessUrl] = [full, less].map(({ agentUrl }) => agentUrl.replace(/\/$/, ""));
  const tell = (where: string, steps: Steps): Promise<Counts> => runSteps(`bindu/kit: ${where}`, steps);
  const counts = [await tell("the card", cards(url ?? ""))];
  for (const open of bindings) {
    const face = `${url}/a2a`;
    const caller = createCaller(open(face));
    const { name } = caller.binding;
    const wire = name === "JSONRPC" ? rpcWire : httpWire;
    for (const room of [sends, tasks, streams, pushes, versions]) {
      counts.push(await tell(name, room(caller)));
    }
    counts.push(await tell(name, wire(face, caller)));
    counts.push(
      await tell(`${name}, off`, capabilitiesOff(lessUrl ?? "", createCaller(open(`${lessUrl}/a2a`)))),
    );
  }
  return sumOf(counts);
}

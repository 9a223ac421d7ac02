// Our agents behind the official core: registered, called over HTTP, failed without harm, and back after a death on the same port.

import { join } from "node:path";
import { bindufy, verifyArtifact } from "@x/bindu-bridge";
import { freePort, type ServerProcess, startServerProcess } from "@x/core/testing";
import { runSteps, type Steps } from "../../shared/steps.ts";
import type { Counts } from "../../shared/suite.ts";
import { ask, coreFolder, expect, textOf } from "./dialect.ts";

const here: string = import.meta.dirname;

const startAgent = (coreAddress: string, url: string): Promise<ServerProcess> =>
  startServerProcess(join(here, "agent.ts"), [coreAddress, url], { stderr: "inherit" });

/** Starts the core (the executable's path) in a folder of its own, for it writes logs and keys where it stands. */
export async function callOfficialCore(executable: string): Promise<Counts> {
  const cwd = coreFolder();
  const [port, firstPort, secondPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const coreAddress = `localhost:${port}`;
  const secondUrl = `http://localhost:${secondPort}`;
  let registrations = 0;
  await using agent = await bindufy(
    { author: "interop@example.com", name: "steady", deployment: { url: `http://localhost:${firstPort}` } },
    (_, { lastUserMessage, history }) => `${history.length} ${lastUserMessage}`,
    {
      core: { command: [executable, "serve", "--grpc", "--grpc-port", `${port}`], cwd },
      coreAddress,
      coreTimeoutMs: 120_000,
      heartbeatIntervalMs: 200,
    },
  );
  agent.on("reregistered", () => {
    registrations += 1;
  });
  let child = await startAgent(coreAddress, secondUrl);
  const steps: Steps = {
    "S20 registers, answers, and its artifact is signed with the core's key": async () => {
      const task = await ask(agent.agentUrl, "Hi");
      expect(JSON.stringify(task), task.status.state === "completed" && textOf(task) === "1 Hi");
      const found = await fetch(`${agent.agentUrl}/did/resolve?did=${encodeURIComponent(agent.did)}`);
      const { publicKeyBase58 } = Object(await found.json()).authentication[0];
      expect("the signature", verifyArtifact(task.artifacts?.[0]?.parts[0] ?? {}, publicKeyBase58));
    },
    "S14 an error with braces fails its task and harms nothing": async () => {
      const failed = await ask(secondUrl, "fail");
      expect(
        textOf(failed),
        failed.status.state === "failed" && textOf(failed).includes('("error":("code":429))'),
      );
      expect("the next message", (await ask(secondUrl, "next")).status.state === "completed");
    },
    "S17 a question keeps its task open": async () => {
      const task = await ask(secondUrl, "ask");
      expect(
        JSON.stringify(task.status),
        task.status.state === "input-required" && textOf(task) === "Which?",
      );
    },
    "S17 pieces of a handler that streams are one answer": async () => {
      const task = await ask(secondUrl, "pieces");
      expect(textOf(task), textOf(task) === "one, two");
    },
    "S20 survives its death: back on the same port it is called again within 3 s": async () => {
      expect("the first process", textOf(await ask(secondUrl, "who")) === `${child.pid}`);
      await child.stop("SIGKILL");
      expect("nobody is there", (await ask(secondUrl, "who")).status.state === "failed");
      child = await startAgent(coreAddress, secondUrl);
      const until = performance.now() + 3_000;
      while (textOf(await ask(secondUrl, "who")) !== `${child.pid}`) {
        expect("the second process is called", performance.now() < until);
      }
    },
    "S18 a core that knows the agent is told of it once": async () => {
      expect("no second registration", registrations === 0);
    },
  };
  const counts = await runSteps("bindu/python", steps);
  await child.stop("SIGKILL");
  return counts;
}

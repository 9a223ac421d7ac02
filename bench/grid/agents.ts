// Agents, and their requests as the bytes that go out: signed at the place where they are made, which need not be where they are sent.

import { Agent } from "node:http";
import { generateIdentity, identityFromSeed } from "@x/core";
import { nodeIdOf } from "../../packages/grid/src/wire/node-id.ts";
import { gridProfile } from "../../packages/grid/src/wire/profile.ts";
import { type Signing, signedBody, signedRpcBody } from "../../packages/grid/src/wire/signing.ts";
import { type Post, post } from "../shared/post-load.ts";

/** An agent, by its key. */
export interface BenchAgent {
  readonly seed: string;
  readonly nodeId: string;
  readonly publicKey: Uint8Array;
  /** What signs a request now. */
  signing(): Signing;
}

export function agentOf(seed: string): BenchAgent {
  const signer = identityFromSeed(seed);
  const nodeId = nodeIdOf(signer.publicKey);
  const signing = (): Signing => ({ profile: gridProfile, nodeId, signer, wallMs: Date.now() });
  return { seed, nodeId, publicKey: signer.publicKey, signing };
}

export function newSeeds(count: number): string[] {
  return Array.from({ length: count }, () => generateIdentity().exportSeedText("hex"));
}

/** A request that starts a task. */
export async function sendTask(
  url: string,
  from: BenchAgent,
  to: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Post> {
  const message = {
    messageId: crypto.randomUUID(),
    role: "user",
    parts: [{ type: "text", text: "Please analyze this report" }],
  };
  const call = { id: "1", method: gridProfile.rpcMethods.sendMessage, params: { ...more, message } };
  return { url: `${url}/a2a/${to}`, body: Buffer.from(await signedRpcBody(call, from.signing())) };
}

/** Whether a call was done: JSON-RPC tells errors with HTTP 200 too. */
export const isDone = (text: string): boolean => !text.includes('"error"');

/** Registers agents, whose words are of their index. */
export async function register(
  url: string,
  agents: readonly BenchAgent[],
  words: (index: number) => string = () => "one of many",
): Promise<void> {
  await inParallel(url, agents.length, async (index) => {
    const agent = agents[index] ?? agentOf("");
    const payload = {
      name: `agent ${index}`,
      description: words(index),
      skills: [],
      autonomous: true,
      publicKey: Buffer.from(agent.publicKey).toString("hex"),
    };
    return { url: `${url}/nodes`, body: await signedBody(payload, agent.signing()) };
  });
}

const callers = 64;

/** Posts numbered requests, many at once. */
export async function inParallel(
  url: string,
  count: number,
  make: (index: number) => Promise<Post>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  let next = 0;
  try {
    await Promise.all(
      Array.from({ length: Math.min(callers, count) }, async () => {
        while (next < count) {
          next += 1;
          await post(agent, await make(next - 1), isDone);
        }
      }),
    );
  } catch (cause) {
    throw new Error(`${url} refused what fills it`, { cause });
  } finally {
    agent.destroy();
  }
}

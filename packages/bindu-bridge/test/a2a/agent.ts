// The agent of these tests: what it does, its message says, as the stub of the recordings does.
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { sleep } from "@x/core";
import { a2aResult } from "../../src/a2a/index.ts";
import type { AgentHandler } from "../../src/proto.ts";
import { startAgent, type TestAgent } from "../agent-server.ts";

/** One call of the handler. */
export interface Handled {
  readonly text: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly messages: readonly string[];
  readonly headers: Headers;
}

export interface FaceAgent extends TestAgent {
  readonly handled: readonly Handled[];
}

const file = { filename: "output.txt", mediaType: "text/plain" };

/** What the agent answers; a state with its prompt, metadata, or a text. */
async function answer(text: string, signal: AbortSignal): Promise<Partial<Reply>> {
  const [first, wait] = text.split(" ");
  switch (first) {
    case "ask":
      return { state: "input-required", prompt: "Which?" };
    case "auth":
      return { state: "auth-required", prompt: "Log in" };
    case "direct":
      return a2aResult({ message: { parts: [{ text: "Direct message response" }] } });
    case "fail":
      throw new ConnectError("handler blew up", Code.Internal);
    case "reject":
      throw new ConnectError("rejected", Code.Internal, { "x-a2a-state": "rejected" });
    case "refuse":
      return a2aResult({ state: "TASK_STATE_REJECTED", message: { parts: [{ text: "I refuse" }] } });
    case "bad":
      return { content: "x", metadata: { "x.a2a": '{"artifacts":[{"parts":[]}]}' } };
    case "sleep":
      await sleep(Number(wait), { signal });
      break;
    default:
  }
  switch (text) {
    case "give file":
      return a2aResult({ artifacts: [{ parts: [{ raw: "ZmlsZQ==", ...file }] }] });
    case "give url":
      return a2aResult({ artifacts: [{ parts: [{ url: "https://example.com/output.txt", ...file }] }] });
    case "give data":
      return a2aResult({ artifacts: [{ parts: [{ data: { key: "value", count: 42 } }] }] });
    case "give much":
      return { content: "é".repeat(2_500_000) };
    default:
      return { content: `echo: ${text}` };
  }
}

interface Reply {
  readonly content: string;
  readonly state: string;
  readonly prompt: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const whole = (reply: Partial<Reply>) => ({ ...reply, metadata: { ...reply.metadata }, isFinal: true });

export async function startFaceAgent({ port = 0 } = {}): Promise<FaceAgent> {
  const handled: Handled[] = [];
  const note: (
    request: { messages: { content: string }[]; taskId: string; contextId: string },
    headers: Headers,
  ) => string = ({ messages, taskId, contextId }, headers) => {
    const texts = messages.map(({ content }) => content);
    const text = texts.at(-1) ?? "";
    handled.push({ text, taskId, contextId, messages: texts, headers });
    return text;
  };
  const service: ServiceImpl<typeof AgentHandler> = {
    async handleMessages(request, context) {
      return whole(await answer(note(request, context.requestHeader), context.signal));
    },
    async *handleMessagesStream(request, context) {
      const text = note(request, context.requestHeader);
      if (text.startsWith("chunks")) {
        // The last piece comes with the whole answer, save where the reader shall see both before.
        const early = text === "chunks" ? ["chunk-1 "] : ["chunk-1 ", "chunk-2"];
        for (const content of early) {
          yield { content, isFinal: false, metadata: { "x.chunk": "delta" } };
          await sleep(Number(text.split(" ")[1] ?? 0), { signal: context.signal });
        }
        yield whole({ content: "chunk-1 chunk-2" });
        return;
      }
      yield whole(await answer(text, context.signal));
    },
    getCapabilities: () => ({ name: "face-stub", supportsStreaming: true }),
    healthCheck: () => ({ healthy: true }),
  };
  const agent = await startAgent(service, { port, readMaxBytes: 16 * 1024 * 1024 });
  return { ...agent, handled, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

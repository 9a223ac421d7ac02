// What the product page of GrpcAgentClient prints, in TypeScript.

import { expect, expectTypeOf, test } from "vitest";
import {
  type AgentResult,
  authRequired,
  bindufy,
  type ChatMessage,
  GrpcAgentClient,
  inputRequired,
} from "../src/index.ts";
import { decideAnswer } from "../src/wire/decision.ts";
import { startSmallCore } from "./small-core.ts";

/** As the worker of a core is written: it knows of no gRPC. */
interface Manifest {
  run: (messages: readonly ChatMessage[]) => Promise<AgentResult>;
}

test("the response contract of the page holds for a manifest whose handler is the client", async () => {
  await using core = await startSmallCore();
  const answers: Record<string, ReturnType<typeof inputRequired> | string> = {
    "What is the capital of France?": "The capital of France is Paris.",
    clarify: inputRequired("Can you clarify?"),
    login: authRequired("Log in"),
  };
  await using agent = await bindufy(
    { author: "page@example.com", name: "page", deployment: { url: core.url } },
    ([message]) => answers[message?.content ?? ""] ?? "no messages",
    { coreAddress: core.address, callbackPort: 0 },
  );
  await using grpcClient = new GrpcAgentClient(agent.callbackAddress);
  const manifest: Manifest = { run: grpcClient };
  const ask = (content: string): Promise<AgentResult> => manifest.run([{ role: "user", content }]);

  const text = await ask("What is the capital of France?");
  expect(text).toBe("The capital of France is Paris.");
  expect(decideAnswer(text)).toEqual({ state: "completed", content: text });
  const question = await ask("clarify");
  expect(question).toEqual({ state: "input-required", prompt: "Can you clarify?" });
  expect(decideAnswer(question)).toEqual({ state: "input-required", content: "Can you clarify?" });
  const login = await ask("login");
  expect(login).toEqual({ state: "auth-required", prompt: "Log in" });
  expect(decideAnswer(login).state).toBe("auth-required");

  const noHistory: ChatMessage[] | undefined = undefined;
  expect(await manifest.run(noHistory ?? [])).toBe("no messages");
  expect(await grpcClient.healthCheck()).toBe(true);
  expect(await grpcClient.getCapabilities()).toMatchObject({ name: "page", version: "1.0.0" });
  expectTypeOf(question).toEqualTypeOf<AgentResult>();
});

// Push notifications of the dialect at a real receiver: their order and numbers, what is tried again, and where none goes.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { resolveTarget, urlProblem } from "../../src/local/engine/webhook-post.ts";
import { startTestCore } from "./fixture.ts";

interface Told {
  readonly event_id: string;
  readonly sequence: number;
  readonly kind: string;
  readonly task_id: string;
  readonly status?: { readonly state: string; readonly message?: object };
  readonly final?: boolean;
  readonly artifact?: { readonly parts: readonly { readonly text?: string }[] };
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly told: readonly Told[];
  readonly headers: readonly IncomingHttpHeaders[];
  readonly bodies: readonly string[];
  /** The status of the next answers, one each; then 200. */
  readonly answers: number[];
}

async function startReceiver(): Promise<Receiver> {
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const told: Told[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString("utf8");
    bodies.push(body);
    headers.push(request.headers);
    told.push(JSON.parse(body));
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Listening on a port of TCP: the address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/hook`,
    told,
    headers,
    bodies,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const short = ({ sequence, kind, status, final }: Told): string =>
  kind === "status-update" ? `${sequence} ${status?.state} ${final}` : `${sequence} artifact`;

const handleMessages = ({ messages }: { readonly messages: readonly { readonly content: string }[] }) => {
  switch (messages.at(-1)?.content) {
    case "ask":
      return { state: "input-required", prompt: "Which?" };
    case "boom":
      throw new ConnectError("no", Code.Internal);
    default:
      return { content: "Echo" };
  }
};

describe("push notifications", () => {
  it.each([
    ["x", ["1 working false", "2 artifact", "3 completed true"]],
    ["ask", ["1 working false", "2 input-required false"]],
    ["boom", ["1 working false", "2 failed true"]],
  ])("S36 of a task that is told %s come in their order, numbered without gaps", async (text, expected) => {
    await using receiver = await startReceiver();
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages });
    const pushNotificationConfig = { id: randomUUID(), url: receiver.url, token: "secret" };
    const { id } = await agent.ask(text, { configuration: { pushNotificationConfig } });
    await waitUntil(() => receiver.told.length === expected.length);
    expect(receiver.told.map(short)).toEqual(expected);
    expect(receiver.told.every(({ task_id }) => task_id === id)).toBe(true);
    expect(receiver.headers[0]).toMatchObject({
      "content-type": "application/json",
      authorization: "Bearer secret",
    });
    // Compact, as it was captured.
    expect(receiver.bodies[0]).toBe(JSON.stringify(receiver.told[0]));
    if (text === "ask") {
      expect(receiver.told[1]?.status?.message).toEqual({
        role: "agent",
        kind: "message",
        parts: [{ kind: "text", text: "Which?" }],
      });
    } else {
      expect(receiver.told.at(-1)?.status?.message).toBeUndefined();
    }
  });

  it("S36 what fails is tried again after 1 and 4 s as the same event, and nothing overtakes it (D20)", async () => {
    await using receiver = await startReceiver();
    await using test = await startTestCore({ clock: "virtual" });
    const agent = await test.agent({ handleMessages });
    receiver.answers.push(503, 500, 200, 404);
    const pushNotificationConfig = { id: randomUUID(), url: receiver.url };
    await agent.send("x", { configuration: { pushNotificationConfig } });
    await waitUntil(() => receiver.told.length === 1);
    await test.core.advance(999);
    expect(receiver.told).toHaveLength(1);
    await test.core.advance(1);
    expect(receiver.told).toHaveLength(2);
    await test.core.advance(4_000);
    await waitUntil(() => receiver.told.length === 5);
    expect(receiver.told.map(short)).toEqual([
      "1 working false",
      "1 working false",
      "1 working false",
      "2 artifact",
      "3 completed true",
    ]);
    expect(new Set(receiver.told.slice(0, 3).map(({ event_id }) => event_id)).size).toBe(1);
    expect(new Set(receiver.told.map(({ event_id }) => event_id)).size).toBe(3);
  });

  it("S36 after three attempts the next event is told", async () => {
    await using receiver = await startReceiver();
    await using test = await startTestCore({ clock: "virtual" });
    const agent = await test.agent({ handleMessages });
    receiver.answers.push(500, 500, 500);
    const pushNotificationConfig = { id: randomUUID(), url: receiver.url };
    await agent.send("ask", { configuration: { pushNotificationConfig } });
    await waitUntil(() => receiver.told.length === 1);
    await test.core.advance(1_000);
    await test.core.advance(4_000);
    await waitUntil(() => receiver.told.length === 4);
    expect(receiver.told.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 2]);
  });

  it("S36 an agent without push notifications refuses webhooks", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages }, { capabilities: {} });
    const pushNotificationConfig = { id: randomUUID(), url: "http://127.0.0.1:9/" };
    const calls = [
      agent.rpc("message/send", agent.saying("x", { configuration: { pushNotificationConfig } })),
      agent.rpc("tasks/pushNotificationConfig/set", { id: randomUUID(), pushNotificationConfig }),
      agent.rpc("tasks/pushNotificationConfig/get", { taskId: randomUUID() }),
    ];
    for (const { status, error } of await Promise.all(calls)) {
      expect([status, error?.code]).toEqual([200, -32005]);
    }
  });

  it.each([
    "http://169.254.169.254/latest",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
  ])("S36 no webhook is told at %s", (url) => {
    expect(urlProblem(url)).toMatch(/^Push notification URL resolves to a cloud-metadata address \(/);
  });

  it.each(["http://127.0.0.1:9/", "http://10.0.0.1/", "http://[::1]:9/", "https://192.168.1.1/"])(
    "S36 a webhook may be told at %s",
    (url) => {
      expect(urlProblem(url)).toBeUndefined();
    },
  );

  it("S36 a host that has no address is refused", async () => {
    expect(await resolveTarget("http://no-such-host.invalid/")).toEqual({
      problem: "Push notification URL host 'no-such-host.invalid' could not be resolved.",
      isUnresolved: true,
    });
    expect(urlProblem("http://")).toBe("Push notification URL must include a host.");
    for (const url of ["http:x", "http:///x", "https:\\\\x/"]) {
      expect(urlProblem(url)).toBe("Push notification URL must include a host.");
    }
    expect(urlProblem("nonsense")).toBe("Push notification URL must use http or https scheme.");
  });
});

// The official JavaScript client before an agent of ours: in both bindings of 1.0, and in 0.3.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { StreamResponse, Task } from "@x/bindu-bridge/a2a";
import { runSteps, type Steps } from "../../shared/steps.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { startWebhook } from "../../shared/webhook.ts";
import { type Codec, loadFromSdk, sdkFile, states } from "./js-sdk.ts";

/** What is called of the SDK's client; its objects have shapes of their own. */
interface Client {
  readonly protocolVersion: string;
  sendMessage(request: object): Promise<object>;
  sendMessageStream(request: object): AsyncIterable<Event>;
  resubscribeTask(request: object): AsyncIterable<Event>;
  getTask(request: object): Promise<object>;
  listTasks(request: object): Promise<{ tasks: object[]; totalSize: number; nextPageToken: string }>;
  cancelTask(request: object): Promise<object>;
  createTaskPushNotificationConfig(config: object): Promise<{ id: string; url: string }>;
  getTaskPushNotificationConfig(request: object): Promise<{ url: string }>;
  listTaskPushNotificationConfig(request: object): Promise<{ configs: object[] }>;
  deleteTaskPushNotificationConfig(request: object): Promise<void>;
}

interface Event {
  readonly payload: {
    readonly $case: keyof StreamResponse;
    readonly value: {
      readonly status?: { readonly state: number };
      readonly artifact?: { readonly parts: readonly { readonly content: { readonly value: string } }[] };
    };
  };
}

type Factory = new (options?: object) => object;

interface ClientModule {
  readonly ClientFactory: new (
    options: object,
  ) => {
    createFromUrl(url: string): Promise<Client>;
    createFromAgentCard(card: object): Promise<Client>;
  };
  readonly JsonRpcTransportFactory: Factory;
  readonly RestTransportFactory: Factory;
}

const ways = ["JSONRPC", "HTTP+JSON", "0.3"] as const;
type Way = (typeof ways)[number];

async function connect(way: Way, url: string): Promise<Client> {
  const sdk = await loadFromSdk<ClientModule>(...sdkFile("client"));
  const transports = [new sdk.JsonRpcTransportFactory(), new sdk.RestTransportFactory()];
  if (way !== "0.3") {
    return await new sdk.ClientFactory({ transports, preferredTransports: [way] }).createFromUrl(url);
  }
  // A caller who is told of the old interface alone.
  const card = Object(await (await fetch(`${url}/.well-known/agent-card.json`)).json());
  const old = card.supportedInterfaces.filter(
    ({ protocolVersion }: { protocolVersion: string }) => protocolVersion === "0.3",
  );
  const legacy = new sdk.JsonRpcTransportFactory({ legacyCompat: { enabled: true } });
  const { AgentCard } = await loadFromSdk<{ AgentCard?: Codec }>(...sdkFile("."));
  const told = { ...card, supportedInterfaces: old };
  return await new sdk.ClientFactory({ transports: [legacy] }).createFromAgentCard(
    AgentCard === undefined ? told : AgentCard.fromJSON(told),
  );
}

/** Calls in the JSON of A2A, whatever the SDK makes of it. */
async function speak(client: Client) {
  const codecs = await loadFromSdk<Readonly<Record<"Message" | "Task", Codec>>>(...sdkFile("."));
  const request = (text: string, more: object = {}, configuration: object = {}): object => ({
    message: codecs.Message.fromJSON({
      messageId: randomUUID(),
      role: "ROLE_USER",
      parts: [{ text }],
      ...more,
    }),
    configuration: { acceptedOutputModes: [], returnImmediately: false, ...configuration },
  });
  const asTask = (value: object): Task => codecs.Task.toJSON(value) as Task;
  return {
    request,
    asTask,
    send: async (text: string, more?: object, configuration?: object): Promise<Task> =>
      asTask(await client.sendMessage(request(text, more, configuration))),
    get: async (id: string, more: object = {}): Promise<Task> =>
      asTask(await client.getTask({ id, ...more })),
    cancel: async (id: string): Promise<Task> => asTask(await client.cancelTask({ id })),
  };
}

const stateOf = ({ payload }: Event): string | undefined => states[payload.value.status?.state ?? -1];

async function toEnd(stream: AsyncIterable<Event>, act?: () => Promise<unknown>): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === 1) {
      await act?.();
    }
  }
  return events;
}

async function stepsOf(way: Way, url: string): Promise<Steps> {
  const client = await connect(way, url);
  const { request, send, get, cancel } = await speak(client);
  const steps: Steps = {
    "A4 finds the interface by the card": async () => {
      assert.match(client.protocolVersion, way === "0.3" ? /^0\.3/ : /^1\.0/);
    },
    "A16 A39 A40 a message, a question, its answer": async () => {
      const done = await send("hello");
      assert.equal(done.status.state, "TASK_STATE_COMPLETED");
      assert.equal(done.artifacts?.[0]?.parts[0]?.text, "echo: hello");
      const asked = await send("ask");
      assert.equal(asked.status.message?.parts[0]?.text, "Which?");
      const answered = await send("this", { taskId: asked.id });
      assert.deepEqual([answered.id, answered.contextId], [asked.id, asked.contextId]);
      assert.equal((await get(asked.id, { historyLength: 1 })).history?.length, 1);
    },
    "A17 A39 A40 a send that does not wait": async () => {
      const { id, status } = await send("hold", {}, { returnImmediately: true });
      assert.ok(["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"].includes(status.state));
      assert.equal((await cancel(id)).status.state, "TASK_STATE_CANCELED");
      assert.equal((await get(id)).status.state, "TASK_STATE_CANCELED");
    },
    "A20 A21 A39 A40 a stream to its end": async () => {
      const events = await toEnd(client.sendMessageStream(request("hello")));
      assert.equal(events[0]?.payload.$case, "task");
      const told = events.flatMap((event) => stateOf(event) ?? []);
      assert.deepEqual(told, ["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING", "TASK_STATE_COMPLETED"]);
      const parts = events.flatMap(({ payload }) => payload.value.artifact?.parts ?? []);
      assert.equal(parts.map(({ content }) => content.value).join(""), "echo: hello");
    },
    "A20 A39 A40 a subscription to what runs": async () => {
      const { id } = await send("hold", {}, { returnImmediately: true });
      const events = await toEnd(client.resubscribeTask({ id }), () => cancel(id));
      assert.equal(events[0]?.payload.$case, "task");
      assert.equal(events.map(stateOf).at(-1), "TASK_STATE_CANCELED");
    },
    "A36 A39 A40 a refusal, a failure, a file, data": async () => {
      assert.equal((await send("reject")).status.state, "TASK_STATE_REJECTED");
      const failed = await send("fail");
      assert.match(failed.status.message?.parts[0]?.text ?? "", /out of order/);
      const file = (await send("file")).artifacts?.[0]?.parts[0];
      assert.deepEqual(
        [file?.raw, file?.filename, file?.mediaType],
        ["ZmlsZQ==", "output.txt", "text/plain"],
      );
      assert.deepEqual((await send("data")).artifacts?.[0]?.parts[0]?.data, { rows: 3 });
    },
    "A39 A40 an answer without a task": async () => {
      const message = await client.sendMessage(request("message"));
      assert.ok("messageId" in message && !("status" in message));
    },
    "A18 A29 A39 A40 what is refused, as the errors of the client": async () => {
      const done = await send("hello");
      for (const [refused, reason] of [
        [get("xyz"), /TaskNotFound/],
        [cancel(done.id), /TaskNotCancelable/],
        [send("more", { taskId: done.id }), /UnsupportedOperation|Malformed/],
      ] as const) {
        await assert.rejects(refused, (error: Error) => {
          assert.match(`${error.name} ${error.constructor.name}`, reason);
          return true;
        });
      }
    },
    "A24 A25 A39 A40 a webhook of a send hears of everything": async () => {
      await using webhook = await startWebhook();
      const taskPushNotificationConfig = {
        id: "p",
        taskId: "",
        tenant: "",
        url: webhook.url,
        token: "t",
        authentication: { scheme: "Bearer", credentials: "secret" },
      };
      await send("hello", {}, { taskPushNotificationConfig });
      const deliveries = await webhook.until((body) => body.includes("TASK_STATE_COMPLETED"));
      assert.ok(deliveries.every(({ headers }) => headers.authorization === "Bearer secret"));
      assert.ok(deliveries.every(({ headers }) => headers["x-a2a-notification-token"] === "t"));
      const told = deliveries.map(({ body }) => JSON.parse(body));
      assert.equal(told.at(0).statusUpdate.status.state, "TASK_STATE_WORKING");
      assert.equal(told.at(-2).artifactUpdate.artifact.parts[0].text, "echo: hello");
    },
    "A13 A26 A39 A40 webhooks are made, read, listed, deleted": async () => {
      const { id: taskId } = await send("ask");
      const config = { taskId, tenant: "", id: "p", url: "http://127.0.0.1:9/", token: "t" };
      assert.equal((await client.createTaskPushNotificationConfig(config)).id, "p");
      const named = { taskId, tenant: "", id: "p" };
      assert.equal((await client.getTaskPushNotificationConfig(named)).url, "http://127.0.0.1:9/");
      const all = { taskId, tenant: "", pageSize: 10, pageToken: "" };
      assert.equal((await client.listTaskPushNotificationConfig(all)).configs.length, 1);
      await client.deleteTaskPushNotificationConfig(named);
      assert.equal((await client.listTaskPushNotificationConfig(all)).configs.length, 0);
    },
  };
  const lists: Steps = {
    "A19 A39 tasks of a context, page by page": async () => {
      const contextId = randomUUID();
      const ids = [
        (await send("hello", { contextId })).id,
        (await send("ask", { contextId })).id,
        (await send("reject", { contextId })).id,
      ];
      const listed: string[] = [];
      let pageToken = "";
      do {
        const page = await client.listTasks({ tenant: "", contextId, status: 0, pageSize: 2, pageToken });
        assert.equal(page.totalSize, 3);
        listed.push(...page.tasks.map((task) => Object(task).id));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      assert.deepEqual(listed, ids.reverse());
    },
  };
  return way === "0.3" ? steps : { ...steps, ...lists };
}

export async function callByJsClient(url: string): Promise<Counts> {
  const counts: Counts[] = [];
  for (const way of ways) {
    counts.push(await runSteps(`bindu/a2a: the JavaScript client in ${way}`, await stepsOf(way, url)));
  }
  return sumOf(counts);
}

// An agent of the official JavaScript SDK, for our client: 1.0 in both bindings, and 0.3. What it does, its message says.
import { createServer, type RequestListener } from "node:http";
import { type Codec, loadFromSdk, sdkFile, states } from "./js-sdk.ts";

interface Bus {
  publish(event: object): void;
  finished(): void;
}

interface Context {
  readonly taskId: string;
  readonly contextId: string;
  readonly userMessage: object;
  readonly task?: object;
}

interface ServerModule {
  readonly AgentEvent: Readonly<
    Record<"message" | "task" | "statusUpdate" | "artifactUpdate", (data: object) => object>
  >;
  readonly DefaultRequestHandler: new (card: object, store: object, executor: object) => object;
  readonly InMemoryTaskStore: new () => object;
}

interface ExpressModule {
  readonly UserBuilder: { readonly noAuthentication: unknown };
  readonly agentCardHandler: (options: object) => RequestListener;
  readonly jsonRpcHandler: (options: object) => RequestListener;
  readonly restHandler: (options: object) => RequestListener;
}

type Express = () => RequestListener & { use(path: string, handler: RequestListener): void };

const cardOf = (url: string): object => ({
  name: "javascript",
  description: "An agent of the official SDK",
  version: "1.0.0",
  supportedInterfaces: [
    { url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0", tenant: "" },
    { url: `${url}/rest`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0", tenant: "" },
    { url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "0.3", tenant: "" },
  ],
  capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: false, extensions: [] },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [
    {
      id: "echo",
      name: "echo",
      description: "echoes",
      tags: ["echo"],
      examples: [],
      inputModes: [],
      outputModes: [],
      securityRequirements: [],
    },
  ],
  signatures: [],
});

function executorOf({ AgentEvent }: ServerModule, { Message, Task }: Readonly<Record<string, Codec>>) {
  if (Message === undefined || Task === undefined) {
    throw new Error("the SDK has no codecs of messages and tasks");
  }
  const said = (text: string, ids: object): object =>
    Message.fromJSON({ messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [{ text }], ...ids });
  const status = (state: (typeof states)[number], ids: object, message?: object): object =>
    AgentEvent.statusUpdate({
      ...ids,
      status: { state: states.indexOf(state), message, timestamp: new Date().toISOString() },
      metadata: undefined,
    });
  const held = new Map<string, () => void>();
  return {
    async execute({ taskId, contextId, userMessage, task }: Context, bus: Bus): Promise<void> {
      const ids = { taskId, contextId };
      const { parts } = Message.toJSON(userMessage) as { parts: readonly { text: string }[] };
      const text = parts[0]?.text ?? "";
      const piece = (part: string, append: boolean): object => {
        const { artifacts } = Object(
          Task.fromJSON({
            id: taskId,
            artifacts: [{ artifactId: "answer", name: "answer", parts: [{ text: part }] }],
          }),
        );
        return AgentEvent.artifactUpdate({
          ...ids,
          artifact: artifacts[0],
          append,
          lastChunk: append,
          metadata: undefined,
        });
      };
      if (text === "message") {
        bus.publish(AgentEvent.message(said("no task", { contextId })));
        bus.finished();
        return;
      }
      if (task === undefined) {
        const submitted = Task.fromJSON({
          id: taskId,
          contextId,
          status: { state: "TASK_STATE_SUBMITTED", timestamp: new Date().toISOString() },
          history: [Message.toJSON(userMessage)],
        });
        bus.publish(AgentEvent.task(submitted));
      }
      bus.publish(status("TASK_STATE_WORKING", ids));
      switch (text) {
        case "ask":
          bus.publish(status("TASK_STATE_INPUT_REQUIRED", ids, said("Which?", ids)));
          break;
        case "reject":
          bus.publish(status("TASK_STATE_REJECTED", ids, said("no", ids)));
          break;
        case "hold":
          await new Promise<void>((resolve) => held.set(taskId, resolve));
          bus.publish(status("TASK_STATE_CANCELED", ids));
          break;
        default:
          bus.publish(piece("echo: ", false));
          bus.publish(piece(text, true));
          bus.publish(status("TASK_STATE_COMPLETED", ids));
      }
      bus.finished();
    },
    async cancelTask(taskId: string): Promise<void> {
      held.get(taskId)?.();
    },
  };
}

export interface ForeignServer extends AsyncDisposable {
  readonly url: string;
}

export async function startJsServer(): Promise<ForeignServer> {
  const sdk = await loadFromSdk<ServerModule>(...sdkFile("server"));
  const adapters = await loadFromSdk<ExpressModule>(
    "@a2a-js",
    "sdk",
    "dist",
    "server",
    "express",
    "index.js",
  );
  const codecs = await loadFromSdk<Readonly<Record<string, Codec>>>(...sdkFile("."));
  const { default: express } = await loadFromSdk<{ default: Express }>("express", "index.js");
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  const url = `http://127.0.0.1:${typeof place === "object" ? place?.port : ""}`;
  const requestHandler = new sdk.DefaultRequestHandler(
    cardOf(url),
    new sdk.InMemoryTaskStore(),
    executorOf(sdk, codecs),
  );
  const options = {
    requestHandler,
    userBuilder: adapters.UserBuilder.noAuthentication,
    legacyCompat: { enabled: true },
  };
  app.use("/.well-known/agent-card.json", adapters.agentCardHandler({ agentCardProvider: requestHandler }));
  app.use("/rpc", adapters.jsonRpcHandler(options));
  app.use("/rest", adapters.restHandler(options));
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

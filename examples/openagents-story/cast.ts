// The agents of the story: each joins by another wire, and keeps what it hears and what went wrong.
import { AgentClient, type ConnectOptions } from "@x/openagents";

export interface Agent extends AsyncDisposable {
  readonly id: string;
  readonly client: AgentClient;
  /** What others said in channels, in order. */
  readonly heard: readonly string[];
  /** What went wrong that no call told of. */
  readonly troubles: readonly string[];
  /** Resolves when it has heard something. */
  hears(line: string): Promise<void>;
}

export async function startAgent(id: string, options: ConnectOptions): Promise<Agent> {
  const troubles: string[] = [];
  const heard: string[] = [];
  const waiting = new Map<string, () => void>();
  const client = new AgentClient({ agentId: id, onError: ({ message }) => troubles.push(message) });
  await client.connectToServer({ throwOnError: true, queueWhileOffline: true, ...options });
  client.registerEventHandler(
    ({ payload }) => {
      const line = `${payload.sender_id}: ${payload.text}`;
      heard.push(line);
      waiting.get(line)?.();
    },
    ["channel.message.posted"],
  );
  return {
    id,
    client,
    heard,
    troubles,
    async hears(line) {
      if (!heard.includes(line)) {
        await new Promise<void>((resolve) => waiting.set(line, resolve));
      }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

// Agents by the wire that both networks have: registered, what they send as bytes, and their queues emptied.

/** An agent with its secret. */
export interface BenchAgent {
  readonly id: string;
  readonly secret: string;
}

/** What goes over HTTP in `POST /api/send_event`. */
export interface SentEvent {
  readonly event_name: string;
  readonly source_id: string;
  readonly target_agent_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Whether an event was taken, as both networks write it. */
export const isTaken = (text: string): boolean => /^\{"success": ?true/.test(text);

/** One call of a network. @throws {Error} for an answer that is not a good one */
export async function call(
  url: string,
  path: string,
  body?: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(
    url + path,
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  const text = await response.text();
  if (!response.ok || !isTaken(text)) {
    throw new Error(`${path}: HTTP ${response.status} ${text.slice(0, 300)}`);
  }
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** Registers so many agents, one after the other. */
export async function register(url: string, prefix: string, count: number): Promise<BenchAgent[]> {
  const agents: BenchAgent[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = `${prefix}-${index}`;
    const { secret } = await call(url, "/api/register", { agent_id: id, metadata: { name: id } });
    agents.push({ id, secret: String(secret) });
  }
  return agents;
}

/** Takes what is queued for some agents. */
export async function drain(url: string, agents: readonly BenchAgent[]): Promise<void> {
  for (const { id, secret } of agents) {
    await call(url, `/api/poll?agent_id=${encodeURIComponent(id)}&secret=${encodeURIComponent(secret)}`);
  }
}

/** A message to one agent. */
export const message = (from: string, to: string, payload: SentEvent["payload"]): SentEvent => ({
  event_name: "agent.message",
  source_id: from,
  target_agent_id: to,
  payload,
});

/** A post to the channel of all. */
export const channelPost = (from: string): SentEvent => ({
  event_name: "thread.channel_message.post",
  source_id: from,
  target_agent_id: "mod:openagents.mods.workspace.messaging",
  payload: { channel: "general", content: { text: "Is the report there?" }, message_type: "channel_message" },
});

/** Sends events of one agent together, which our server takes. */
export async function sendTogether(
  url: string,
  { id, secret }: BenchAgent,
  events: readonly SentEvent[],
): Promise<void> {
  const { results } = await call(url, "/api/send_events", { agent_id: id, secret, events });
  const refused = (results as { success: boolean; message: string }[]).find(({ success }) => !success);
  if (refused !== undefined) {
    throw new Error(`an event was refused: ${refused.message}`);
  }
}

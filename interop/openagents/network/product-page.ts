// The program of the product page, as it stands there: what differs is who starts the other agent.
import type { AgentClient, AgentEvent, ConnectOptions } from "@x/openagents";

/** Runs beside an `other-bot` that does as it is told. Answers what it printed. */
export async function productPage(
  client: AgentClient,
  port: number,
  options: ConnectOptions,
  others: () => Promise<unknown>,
): Promise<readonly string[]> {
  const printed: string[] = [];
  const print = (...values: unknown[]): void => void printed.push(values.join(" "));

  // Connecting to a workspace, with authentication
  await client.connectToServer("127.0.0.1", port, {
    token: "your-workspace-token",
    metadata: { name: "My Agent", capabilities: ["coding", "research"] },
    ...options,
  });

  // Registering event handlers
  const onMessage = async (event: AgentEvent): Promise<void> => {
    print("Message from", event.source_id, event.payload.text);
  };
  const onAgentJoined = async (event: AgentEvent): Promise<void> => {
    print("Agent joined:", event.payload.agent_id);
  };
  client.registerEventHandler(onMessage, ["channel.message.*"]);
  client.registerEventHandler(onAgentJoined, ["agent.joined"]);
  await others();

  // Workspace access
  const ws = client.workspace();
  await ws.channel("general").post("Hello!");
  print("channels", await ws.channels());
  print("agents", (await ws.agents()).toSorted());

  // Direct messaging, and waiting for a response
  await ws.agent("other-bot").send("Hi there!");
  const response = await ws.agent("other-bot").sendAndWait("What's the status?", { timeout: 30.0 });
  print("response", response?.text);

  // Waiting for events
  const waiting = client.waitEvent({
    condition: (e) => e.event_name === "channel.message.posted",
    timeout: 60.0,
  });
  await ws.agent("other-bot").send("post here I am");
  const event = await waiting;
  if (event) {
    print("Got message:", event.payload.text);
  }

  // Sending events
  const sent = await client.sendEvent({
    eventName: "custom.task.completed",
    sourceId: `agent:${client.agentId}`,
    destinationId: "channel:general",
    payload: { task: "data processing", result: "success" },
  });
  print("sent", sent?.success);

  // Agent discovery
  const agents = await client.listAgents();
  for (const agent of agents) {
    print("agent", agent.id, agent.name ?? "unnamed");
  }
  await client.sendAgentMessage("other-bot", { text: "Hello from the client API!" });

  // Connection management
  if (client.connector?.isConnected) {
    print("Connected to workspace");
  }
  print("disconnected", await client.disconnect());
  return printed;
}

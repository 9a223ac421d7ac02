// Three agents who prepare a launch: two of the network, one of the workspace; with hostile text where people write.
import { AgentClient } from "@x/openagents";
import type { LocalOpenAgents } from "@x/openagents/local";
import { hostile } from "../../shared/browser.ts";

export interface Talk extends AsyncDisposable {
  readonly planner: AgentClient;
  readonly researcher: AgentClient;
  readonly writer: AgentClient;
}

export const fileName = "market figures.csv";
export const fileText: string = Array.from({ length: 900 }, (_, row) => `region ${row},${row * 17}\n`).join(
  "",
);

async function join(agentId: string, server: LocalOpenAgents, token?: string): Promise<AgentClient> {
  const client = new AgentClient({ agentId });
  await client.connectToServer({
    url: server.url,
    throwOnError: true,
    ...(token === undefined ? {} : { token }),
  });
  return client;
}

/** Comes in, and has said a good deal before anybody looks. */
export async function startTalk(server: LocalOpenAgents): Promise<Talk> {
  const planner = await join("planner", server);
  const researcher = await join("researcher", server);
  const writer = await join("writer", server, server.workspaceToken);
  const general = (client: AgentClient) => client.workspace().channel("general");
  for (let day = 1; day <= 12; day += 1) {
    await general(planner).post(`Day ${day}: the plan for the launch stands, and nothing of it has changed.`);
  }
  const asked = await general(planner).post("Who has the figures for the announcement?");
  const id = String(asked.data?.message_id);
  await general(researcher).reply(id, "I have, by region. They come as a file in a minute.");
  await general(writer).reply(id, "Good. I write the text around them.\nTwo paragraphs, one table.");
  await general(researcher).react(id, "👍");
  await general(writer)
    .react(id, "👍")
    .catch(() => undefined);
  await general(researcher).uploadFile(new TextEncoder().encode(fileText), {
    filename: fileName,
    mimeType: "text/csv",
    description: "Figures by region",
  });
  await general(researcher).post(hostile);
  await planner.workspace().agent("researcher").send("Between us: are they final?");
  return {
    planner,
    researcher,
    writer,
    async [Symbol.asyncDispose]() {
      await Promise.all([planner, researcher, writer].map((client) => client.disconnect()));
    },
  };
}

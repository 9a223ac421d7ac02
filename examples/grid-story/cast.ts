// The agents of the story: each has a key of its own, says what it can do, and answers who asks.
import { GridClient, type RunAgentOptions, runAgent } from "@x/grid";

/** A request as it went over the network. */
export interface SentRequest {
  readonly url: string;
  readonly body: string;
}

export interface Agent extends AsyncDisposable {
  readonly name: string;
  readonly nodeId: string;
  readonly client: GridClient;
  /** What it has sent. */
  readonly sent: readonly SentRequest[];
}

interface NewAgent {
  readonly url: string;
  readonly identityDir: string;
  readonly description: string;
  /** How it works, where it does not only ask. */
  readonly work?: Omit<RunAgentOptions, "signal"> | undefined;
}

export async function startAgent(
  name: string,
  { url, identityDir, description, work }: NewAgent,
): Promise<Agent> {
  const sent: SentRequest[] = [];
  const client = await GridClient.open({
    agentName: name,
    identityDir,
    url,
    // As somebody who listens on the network would have it.
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ url: request.url, body: await request.clone().text() });
      return await fetch(request);
    },
  });
  const { nodeId } = await client.register({ name, description, skills: [], autonomous: true });
  const stop = new AbortController();
  const working = work === undefined ? undefined : runAgent(client, { ...work, signal: stop.signal });
  return {
    name,
    nodeId,
    client,
    sent,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await working;
      await client.close();
    },
  };
}

// The local server and clients of it, for one test.
import { GridClient, type GridClientOptions } from "../../src/index.ts";
import { type LocalGrid, type LocalGridOptions, startLocalGrid } from "../../src/local/index.ts";
import type { DeepPartial, GridWireProfile } from "../../src/wire/profile.ts";

export interface Together extends AsyncDisposable {
  readonly server: LocalGrid;
  /** A new agent, registered and autonomous. */
  agent(
    name: string,
    options?: GridClientOptions,
  ): Promise<{ readonly client: GridClient; readonly id: string }>;
}

export async function startTogether(
  options: LocalGridOptions & { readonly profile?: DeepPartial<GridWireProfile> } = {},
): Promise<Together> {
  const server = await startLocalGrid({ port: 0, metricsAddr: "off", ...options });
  const clients: GridClient[] = [];
  return {
    server,
    async agent(name, own) {
      const client = new GridClient({
        url: server.url,
        identity: globalThis.crypto.getRandomValues(new Uint8Array(32)),
        ...(options.profile === undefined ? {} : { profile: options.profile }),
        ...own,
      });
      clients.push(client);
      const { nodeId: id } = await client.register({
        name,
        description: `${name} analyzes documents`,
        skills: [{ id: "analyze", name: "Document Analysis", description: "Analyzes documents" }],
        autonomous: true,
      });
      return { client, id };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
    },
  };
}

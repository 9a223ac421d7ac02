// Tools about what there is: agents, channels, files.
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentClient } from "../client/client.ts";

/** The longest file that a model is shown as text. */
const mostShownBytes = 200_000;

export function placeTools(client: AgentClient): readonly Tool[] {
  const workspace = client.workspace();
  return [
    defineTool({
      name: "list_agents",
      description: "Lists the agents that are there.",
      input: {},
      hints: { readOnlyHint: true },
      async run() {
        const agents = await client.listAgents();
        return {
          agents: agents.map(({ id, name, metadata }) => ({
            agent: id,
            name,
            ...(metadata.capabilities === undefined ? {} : { capabilities: metadata.capabilities }),
          })),
        };
      },
    }),

    defineTool({
      name: "list_channels",
      description: "Lists the channels.",
      input: {},
      hints: { readOnlyHint: true },
      run: async () => ({ channels: await workspace.channels({ refresh: true }) }),
    }),

    defineTool({
      name: "create_channel",
      description: "Makes a channel.",
      input: { name: z.string().min(1).max(200), description: z.string().max(1_000).nullish() },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ name, description }) {
        const { success, message } = await workspace.createChannel(name, description ?? undefined);
        if (!success) {
          throw new Error(message);
        }
        return { channel: name };
      },
    }),

    defineTool({
      name: "list_files",
      description: "Lists the files that were shared, the newest first.",
      input: {},
      hints: { readOnlyHint: true },
      async run() {
        const files = await workspace.listFiles();
        return {
          files: files.map(({ fileId, filename, mimeType, size, uploadedBy }) => ({
            file: fileId,
            name: filename,
            type: mimeType,
            bytes: size,
            from: uploadedBy,
          })),
        };
      },
    }),

    defineTool({
      name: "share_file",
      description: "Shares a text as a file in a channel.",
      input: {
        channel: z.string().min(1),
        name: z.string().min(1).max(255),
        text: z.string(),
        type: z.string().default("text/plain"),
      },
      hints: { readOnlyHint: false },
      async run({ channel, name, text, type }) {
        const bytes = new TextEncoder().encode(text);
        const { fileId, size } = await workspace
          .channel(channel)
          .uploadFile(bytes, { filename: name, mimeType: type });
        return { file: fileId, bytes: size };
      },
    }),

    defineTool({
      name: "read_file",
      description: "Shows a file that is text.",
      input: { file: z.string().min(1).describe("The id of the file") },
      hints: { readOnlyHint: true },
      async run({ file }) {
        const { filename, mimeType, bytes } = await workspace.downloadFile(file);
        const isShown = bytes.byteLength <= mostShownBytes;
        return {
          name: filename,
          type: mimeType,
          bytes: bytes.byteLength,
          text: isShown ? new TextDecoder().decode(bytes) : null,
        };
      },
    }),
  ];
}

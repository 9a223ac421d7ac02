// The workspace API: channels, agents, files.

import { must } from "@x/core";
import type { DownloadedFile, EventResponse, FileEntry } from "../../types.ts";
import { channelName } from "../../wire/destinations.ts";
import { systemCommands } from "../../wire/names.ts";
import type { Connector } from "../connection.ts";
import type { EventOf, EventPattern } from "../events/event-types.ts";
import type { EventHandler } from "../events/inbox.ts";
import type { HandlerRegistration } from "../hub.ts";
import { check } from "../options.ts";
import { RemoteAgent } from "./agent.ts";
import { Channel } from "./channel.ts";
import type { WorkspacePort } from "./port.ts";

/** How new a list must be. */
export interface ListOptions {
  /** Whether the server is asked even if it was within the last 30 s. @default false */
  readonly refresh?: boolean | undefined;
}

/** A list is asked for anew after this, in milliseconds. */
const freshMs = 30_000;

/** The workspace of a client: the same API over a network and a hosted workspace. */
export class Workspace {
  readonly #port: WorkspacePort;
  #channels:
    | { readonly names: readonly string[]; readonly of: Connector | null; readonly mono: number }
    | undefined;

  constructor(port: WorkspacePort) {
    this.#port = port;
  }

  /** A channel by its name, with `#` or without. */
  channel(name: string): Channel {
    return new Channel(channelName(name), this.#port);
  }

  /** Another agent by its id. */
  agent(agentId: string): RemoteAgent {
    return new RemoteAgent(agentId.replace(/^agent:/, ""), this.#port);
  }

  /** The names of all channels, without `#`; none when they cannot be had. */
  async channels(options: ListOptions = {}): Promise<readonly string[]> {
    check("channels", options, { refresh: must.beBoolean });
    const { mono } = this.#port.clock.now();
    const of = this.#port.connector;
    const known = this.#channels;
    if (known?.of === of && options.refresh !== true && mono - known.mono < freshMs) {
      return known.names;
    }
    const names = await this.#port.list("channels", (messaging) => messaging.channels());
    this.#channels = names.length === 0 ? undefined : { names, of, mono };
    return names;
  }

  /** The ids of all agents, this one too; on a hosted workspace those that are online first. */
  agents(): Promise<readonly string[]> {
    return this.#port.list("agents", (messaging) => messaging.agents());
  }

  /** Makes a channel; one that is there already is no failure. @param description hosted workspaces show it as the title */
  createChannel(name: string, description?: string): Promise<EventResponse> {
    this.#channels = undefined;
    return this.#port.respond("createChannel", systemCommands.addChannelMember, (messaging) =>
      messaging.createChannel(channelName(name), description),
    );
  }

  /** The files of the workspace, the newest first. @throws Unsupported on a network other than ours */
  listFiles(): Promise<readonly FileEntry[]> {
    return this.#port.perform("listFiles", (messaging) => messaging.files());
  }

  /** A file with its bytes. @throws OpenAgentsError */
  downloadFile(fileId: string): Promise<DownloadedFile> {
    return this.#port.perform("downloadFile", (messaging) => messaging.download(fileId));
  }

  /** Calls back for events, as `client.registerEventHandler` does. What it answers ends that. */
  subscribe<const Pattern extends string>(
    patterns: readonly (Pattern & EventPattern<Pattern>)[],
    handler: (event: EventOf<Pattern>) => unknown,
  ): HandlerRegistration;
  subscribe(patterns: readonly string[], handler: EventHandler): HandlerRegistration {
    return this.#port.on(handler, patterns);
  }
}

// A self-hosted network over either of its wires: registration, commands, subscriptions that outlive a restart.

import { raceSignal } from "@x/core";
import { CredentialLost } from "../../errors.ts";
import type { AgentEntry, Body, EventResponse } from "../../types.ts";
import { bodiesOf, bodyOf, textOf } from "../../wire/body.ts";
import { systemDestination } from "../../wire/destinations.ts";
import { systemCommands } from "../../wire/names.ts";
import { authenticationFailed, type FeatureName } from "../../wire/paths.ts";
import { wirePatternsOf } from "../events/views.ts";
import { ownEvent } from "../outbound.ts";
import { networkMessaging } from "../workspace/network-messaging.ts";
import type { Link, LinkOptions, Outbound, SendOptions, Sink } from "./connector.ts";
import { createCredential } from "./credential.ts";

/** What differs between the wires of a network. */
export interface NetworkWire extends Pick<Link, "transport" | "label" | "host" | "port" | "url" | "close"> {
  /** Answers the secret. */
  register(): Promise<string>;
  unregister(secret: string): Promise<void>;
  send(event: Outbound, secret: string, options: SendOptions): Promise<EventResponse>;
  /** @throws SecretRefused, and whatever breaks the connection */
  receive(sink: Sink, secret: () => string, signal: AbortSignal): Promise<never>;
}

/** What a network says of itself that matters to its client. */
export interface NetworkTraits {
  readonly features: ReadonlySet<FeatureName>;
  /** Longest body, in bytes; `undefined` where it does not say. */
  readonly maxBody: number | undefined;
}

/** The poll's secret is no longer taken. */
export class SecretRefused extends Error {
  readonly secret: string;
  constructor(secret: string) {
    super("the secret is no longer taken");
    this.secret = secret;
  }
}

interface Subscribed {
  readonly patterns: readonly string[];
  readonly channels: readonly string[] | undefined;
  /** Under which id the server knows it now. */
  id: string;
}

export function createNetworkLink(wire: NetworkWire, options: LinkOptions, traits: NetworkTraits): Link {
  const { agentId, clock } = options;
  /** By the id that the caller was told. */
  const subscriptions = new Map<string, Subscribed>();
  let lost: string | undefined;

  const credential = createCredential({
    agentId,
    clock,
    register: () => wire.register(),
    async restore(secret) {
      for (const subscribed of subscriptions.values()) {
        const { data } = await subscribeNow(secret, subscribed.patterns, subscribed.channels);
        subscribed.id = textOf(data?.subscription_id) ?? subscribed.id;
      }
    },
  });

  const send = async (event: Outbound, sendOptions: SendOptions = {}): Promise<EventResponse> => {
    const { secret } = credential;
    const response = await wire.send(event, secret, sendOptions);
    if (response.success || !response.message.includes(authenticationFailed)) {
      return response;
    }
    // A refused secret proves that nothing was done, so the event may go out once more.
    await credential.renew(secret);
    return await wire.send(event, credential.secret, sendOptions);
  };

  const command = (eventName: string, payload: Body): Promise<EventResponse> =>
    send(ownEvent(agentId, eventName, systemDestination, payload));

  const subscribeNow = (
    secret: string,
    patterns: readonly string[],
    channels: readonly string[] | undefined,
  ): Promise<EventResponse> => {
    // A server knows the names of the wire only; the documented ones are seen here.
    const known = new Set(patterns.flatMap((pattern) => [pattern, ...wirePatternsOf(pattern)]));
    const event = ownEvent(agentId, systemCommands.subscribeEvents, systemDestination, {
      agent_id: agentId,
      event_patterns: [...known],
      ...(channels === undefined ? {} : { channels }),
    });
    return wire.send(event, secret, {});
  };

  const link: Link = {
    transport: wire.transport,
    label: wire.label,
    host: wire.host,
    port: wire.port,
    url: wire.url,
    messaging: networkMessaging({ agentId, send, command, features: traits.features }),
    enter: () => credential.enter(),
    send,
    async receive(sink, signal) {
      if (lost !== undefined) {
        await raceSignal(credential.renew(lost), signal);
        lost = undefined;
      }
      for (;;) {
        try {
          return await wire.receive(sink, () => credential.secret, signal);
        } catch (error) {
          if (!(error instanceof SecretRefused)) {
            throw error;
          }
          // A send may have found out first, and have registered already.
          if (error.secret === credential.secret) {
            lost = error.secret;
            throw new CredentialLost("receive: the server no longer takes the secret; registering anew.", {
              operation: "receive",
            });
          }
        }
      }
    },
    async listAgents() {
      const { success, data } = await command(systemCommands.listAgents, { agent_id: agentId });
      return success ? bodiesOf(data?.agents).map(agentEntryOf) : [];
    },
    async listMods() {
      const { success, data } = await command(systemCommands.listMods, { agent_id: agentId });
      return success ? bodiesOf(data?.mods).map((mod) => ({ ...mod, name: String(mod.name) })) : [];
    },
    async modManifest(modName) {
      const { success, data } = await command(systemCommands.getModManifest, {
        agent_id: agentId,
        mod_name: modName,
      });
      return success ? bodyOf(data?.manifest) : null;
    },
    async subscribe(patterns, channels) {
      const response = await subscribeNow(credential.secret, patterns, channels);
      const id = textOf(response.data?.subscription_id);
      if (response.success && id !== undefined) {
        subscriptions.set(id, { patterns, channels, id });
      }
      return response;
    },
    async unsubscribe(subscriptionId) {
      const id = subscriptionId && (subscriptions.get(subscriptionId)?.id ?? subscriptionId);
      if (subscriptionId === undefined) {
        // Real networks drop every other subscription only when all are asked for, so each is taken back by name first.
        for (const subscribed of subscriptions.values()) {
          await command(systemCommands.unsubscribeEvents, {
            agent_id: agentId,
            subscription_id: subscribed.id,
          });
        }
        subscriptions.clear();
      } else {
        subscriptions.delete(subscriptionId);
      }
      return await command(systemCommands.unsubscribeEvents, {
        agent_id: agentId,
        ...(id === undefined ? {} : { subscription_id: id }),
      });
    },
    leave: () => wire.unregister(credential.secret),
    close: () => wire.close(),
  };
  return link;
}

function agentEntryOf(entry: Body): AgentEntry {
  const id = textOf(entry.agent_id) ?? textOf(entry.id) ?? "";
  const metadata = bodyOf(entry.metadata);
  return {
    id,
    agentId: id,
    agent_id: id,
    name: textOf(entry.name) ?? textOf(metadata.name) ?? id,
    connected: entry.connected !== false,
    metadata,
  };
}

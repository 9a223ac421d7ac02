// The same network without sockets, for unit tests: events in, events out; and `listen` where a real one is wanted after all.
import {
  type Clock,
  createMemoryJournal,
  type OptionsOf,
  readSettings,
  silentLog,
  systemClock,
} from "@x/core/service";
import { Registry } from "prom-client";
import { type Body, isBody, parseBody } from "../wire/body.ts";
import type { WireEvent } from "../wire/event.ts";
import { openNetwork } from "./open-network.ts";
import type { NetworkRecord } from "./rules/model/records.ts";
import { isRefusal } from "./rules/model/refusal.ts";
import { type OpenAgentsSettings, settings } from "./settings.ts";
import { hashOf } from "./surface/context.ts";
import { answerEvent } from "./surface/network/answering.ts";
import { fetchEvents } from "./surface/network/polling.ts";
import { registerAgent } from "./surface/network/registering.ts";
import { readBodyEvent } from "./surface/network/sent-event.ts";

/** Settings of {@link createLocalNetwork}. */
export interface LocalNetworkOptions
  extends Partial<{
    readonly [Name in Exclude<keyof OpenAgentsSettings, "grpcAddr" | "allowRemote">]:
      | OpenAgentsSettings[Name]
      | undefined;
  }> {
  /** The network's time. @default systemClock */
  readonly clock?: Clock | undefined;
}

/** A network that listens. */
export interface ListeningNetwork extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** An event to send, by the names of the wire. */
export type SentBody = Body & { readonly event_name: string };

/** A network in this process. */
export interface LocalNetwork extends AsyncDisposable {
  /** The token of the default workspace. */
  readonly workspaceToken: string;
  /** Registers an agent. @throws {Error} with the network's words for who may not come in */
  register(
    agentId: string,
    options?: { readonly metadata?: Body; readonly password_hash?: string; readonly agent_group?: string },
  ): Promise<{ readonly secret: string; readonly group: string }>;
  unregister(agentId: string, secret: string): Promise<boolean>;
  /** Sends an event of an agent; what is absent is filled in. */
  send(
    agentId: string,
    secret: string,
    event: SentBody,
  ): Promise<{ readonly success: boolean; readonly message: string; readonly data: Body | null }>;
  /** Takes what is queued for an agent, waiting up to `waitMs` for something to be. @throws {Error} for a wrong secret */
  poll(
    agentId: string,
    secret: string,
    options?: { readonly waitMs?: number },
  ): Promise<readonly WireEvent[]>;
  /** Serves the same network over HTTP, on loopback; port 0 is any free one. @default port 0 */
  listen(port?: number): Promise<ListeningNetwork>;
}

/** Starts a network in this process, in memory. @throws as `startLocalOpenAgents` does for options */
export async function createLocalNetwork(options: LocalNetworkOptions = {}): Promise<LocalNetwork> {
  const { clock = systemClock, ...given } = options;
  const values = readSettings(settings, given as OptionsOf<OpenAgentsSettings>);
  const { surface, token, http } = await openNetwork({
    values,
    log: silentLog,
    registry: new Registry(),
    kernel: {
      journal: createMemoryJournal<NetworkRecord>({ retainRecords: 1_000 }),
      clock,
      log: silentLog,
      tickMs: 200,
    },
    dataDir: undefined,
  });
  const { engine } = surface;
  engine.ready();
  const listening: ListeningNetwork[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listening.map((one) => one[Symbol.asyncDispose]()));
    await engine.close();
  };
  return {
    workspaceToken: token,
    async register(agentId, { metadata = {}, password_hash = "", agent_group } = {}) {
      const reply = await registerAgent(surface, {
        agentId,
        group: agent_group ?? null,
        passwordHash: password_hash,
        transport: "http",
        metadata,
      });
      if (isRefusal(reply)) {
        throw new Error(reply.detail);
      }
      return reply;
    },
    async unregister(agentId, secret) {
      const reply = await engine.run<"unregister">({
        type: "unregister",
        agentId,
        secretHash: hashOf(secret),
      });
      return !isRefusal(reply);
    },
    async send(agentId, secret, event) {
      const read = readBodyEvent(event.event_name, agentId, event, event);
      if (typeof read === "string") {
        return { success: false, message: read, data: null };
      }
      const { data, ...answer } = await answerEvent(surface, read, hashOf(secret), "127.0.0.1");
      return { ...answer, data: data === null ? null : (parseBody(data) ?? null) };
    },
    async poll(agentId, secret, { waitMs = 0 } = {}) {
      const fetched = await fetchEvents(surface, agentId, hashOf(secret), { waitMs });
      if (isRefusal(fetched)) {
        throw new Error(fetched.detail);
      }
      return fetched.events.map((text): unknown => JSON.parse(text)).filter(isWireEvent);
    },
    async listen(port = 0) {
      const bound = await http.listen({ hosts: ["127.0.0.1"], port });
      const one = {
        url: `http://127.0.0.1:${bound.port}`,
        port: bound.port,
        [Symbol.asyncDispose]: () => bound.close({ graceMs: 1_000 }),
      };
      listening.push(one);
      return one;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** What was queued was written by this package. */
const isWireEvent = (value: unknown): value is WireEvent => isBody(value);

// A hosted workspace: an append-only log that is read by cursor, pushes where it has such, heartbeats beside.

import { createSilenceWatch, linkSignals, raceSignal, readSse, sleep } from "@x/core";
import {
  ConnectionRefused,
  CredentialLost,
  InvalidEvent,
  OpenAgentsError,
  SessionRevoked,
} from "../../errors.ts";
import type { AgentEntry, Body, EventResponse } from "../../types.ts";
import { bodiesOf, bodyOf, isBody, parseBody, textOf } from "../../wire/body.ts";
import { agentOfOnm, eventOfOnm, onmTarget, readOnmEvent } from "../../wire/onm.ts";
import { onmPaths } from "../../wire/paths.ts";
import { matchesSome } from "../../wire/patterns.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import type { Inbound } from "../events/journal.ts";
import { wirePatternsOf } from "../events/views.ts";
import { errorOf } from "../failure.ts";
import { hostedMessaging } from "../workspace/hosted-messaging.ts";
import type { Link, Outbound, Sink } from "./connector.ts";
import { createLogCursor } from "./log-cursor.ts";
import { createOnmSession, type WorkspaceLinkOptions } from "./onm-session.ts";

/** Agents are offline 60 s after the last one, in milliseconds. */
const heartbeatMs = 30_000;
/** A stream brings a comment every 30 s. */
const longestSilenceMs = 75_000;
/** A stream that ends sooner than this, in milliseconds, is none: servers without a broker answer so. */
const earlyEndMs = 5_000;
/** Events of one page of the log. */
const pageSize = 500;

export function createWorkspaceLink(options: WorkspaceLinkOptions): Link {
  const { agentId, clock, token } = options;
  const session = createOnmSession(options);
  const { http, call, post } = session;
  const { hostname, port, protocol } = new URL(http.baseUrl);
  const cursor = createLogCursor();
  /** Which events are wanted at all: the log has no queues that a server could narrow. By subscription. */
  const subscriptions = new Map<string, readonly string[]>();
  /** Whether the workspace has forgotten the agent. */
  let isForgotten = false;
  /** When something last came, on the monotonic clock. */
  let cameMono = 0;

  /** The log behind the cursor, page by page, until nothing more is there. How many events that were. */
  const readLog = async (sink: Sink, signal: AbortSignal): Promise<number> => {
    let taken = 0;
    for (;;) {
      await sink.room(signal);
      const page = await call("receive", "GET", onmPaths.events, {
        query: { network: session.network(), after: cursor.after, sort: "asc", limit: pageSize },
        signal,
      });
      const events = bodiesOf(page.events);
      const fresh = await take(events, sink);
      sink.ready();
      taken += fresh;
      // A page without a new event would be read for ever.
      if (page.has_more !== true || events.length === 0 || !cursor.moved()) {
        return taken;
      }
    }
  };

  const take = async (values: readonly unknown[], sink: Sink): Promise<number> => {
    const events = values.flatMap((value) => readOnmEvent(stripSecrets(value)) ?? []);
    const fresh = cursor.fresh(events);
    const inbound = fresh.flatMap((event): Inbound[] => {
      const wire = eventOfOnm(event, agentId);
      const isWanted =
        wire !== undefined &&
        (subscriptions.size === 0 ||
          [...subscriptions.values()].some((patterns) => matchesSome(patterns, wire.event_name)));
      return isWanted ? [{ wire, timestampMs: event.timestamp }] : [];
    });
    if (fresh.length > 0) {
      cameMono = clock.now().mono;
    }
    await sink.accept(inbound);
    cursor.passed(fresh);
    return fresh.length;
  };

  const heartbeats = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      await sleep(heartbeatMs, { signal, clock, ref: false });
      await session.heartbeat(signal).catch((error: unknown) => {
        if (error instanceof SessionRevoked) {
          throw error;
        }
        if (error instanceof OpenAgentsError && error.message.includes("Agent not in network")) {
          throw new CredentialLost("heartbeat: the workspace no longer knows the agent; joining anew.", {
            operation: "receive",
          });
        }
        // The polls notice a server that is gone.
      });
    }
  };

  /** Pushes, as long as they come. Whether to try them again. */
  const stream = async (sink: Sink, signal: AbortSignal): Promise<boolean> => {
    const startMono = clock.now().mono;
    using silence = createSilenceWatch({
      clock,
      signal,
      longestMs: longestSilenceMs,
      silent: () => new ConnectionRefused("receive: nothing came over the stream.", { operation: "receive" }),
    });
    const opening = silence.wait(
      http.open({
        operation: "receive",
        method: "GET",
        path: onmPaths.stream,
        query: { network: session.network(), token },
        headers: { accept: "text/event-stream" },
        signal: silence.signal,
      }),
    );
    // A stream that cannot be had is no reason not to poll.
    const opened = await opening.catch(() => undefined);
    if (!opened?.header("content-type")?.includes("text/event-stream")) {
      return false;
    }
    // What came between the cursor and the stream.
    await readLog(sink, signal);
    let pushed = 0;
    const works = (): boolean => pushed > 0 || clock.now().mono - startMono >= earlyEndMs;
    try {
      for await (const { data } of readSse(silence.watch(opened.chunks()))) {
        pushed += await take([parseBody(data)], sink);
        await sink.room(signal);
      }
    } catch (error) {
      if (works()) {
        throw errorOf(error, "receive");
      }
    }
    return works();
  };

  const pollForEver = async (sink: Sink, signal: AbortSignal): Promise<never> => {
    for (;;) {
      await readLog(sink, signal);
      await sleep(
        pauseMs(clock.now().mono - Math.max(cameMono, session.postedMono), options.pollIntervalMs),
        { signal, clock },
      );
    }
  };

  const receiveNow = async (sink: Sink, signal: AbortSignal): Promise<never> => {
    if (!cursor.isSet) {
      const newest = await call("receive", "GET", onmPaths.events, {
        query: { network: session.network(), sort: "desc", limit: 1 },
        signal,
      });
      cursor.start(bodiesOf(newest.events).flatMap((event) => readOnmEvent(event) ?? []));
    }
    // A server that came back may push again, also where its stream could not be had while it was away.
    while (await stream(sink, signal)) {
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
    return await pollForEver(sink, signal);
  };

  const subscriptionAnswer = (eventName: string, data: Body, message: string): EventResponse => ({
    success: true,
    message,
    data,
    eventName,
    eventId: crypto.randomUUID(),
  });

  return {
    transport: "workspace",
    label: "workspace",
    host: hostname,
    port: Number(port) || (protocol === "https:" ? 443 : 80),
    url: http.baseUrl,
    messaging: hostedMessaging(session),
    enter: () => session.join(),

    async send(event: Outbound, sendOptions = {}) {
      const target = onmTarget(event.destinationId);
      if (target === undefined) {
        throw new InvalidEvent(
          `sendEvent: a workspace has no destination ${JSON.stringify(event.destinationId)}; it has channels and agents.`,
          { operation: "sendEvent" },
        );
      }
      const correlation = event.responseTo === undefined ? {} : { in_reply_to: event.responseTo };
      return await post(event.eventName, target.target, event.payload, {
        ...sendOptions,
        metadata: { ...event.metadata, ...correlation },
        visibility: target.visibility,
      });
    },

    async receive(sink, signal) {
      if (isForgotten) {
        await raceSignal(session.join(), signal);
        isForgotten = false;
      }
      using linked = linkSignals(signal);
      try {
        return await Promise.race([
          receiveNow(sink, linked.signal),
          heartbeats(linked.signal),
          session.revoked,
        ]);
      } catch (error) {
        isForgotten = error instanceof CredentialLost;
        throw error;
      } finally {
        linked.abort();
      }
    },

    async listAgents() {
      const { agents } = await call("listAgents", "GET", onmPaths.discover, {
        query: { network: session.network() },
      });
      return bodiesOf(agents).map(agentEntryOf);
    },
    async listMods() {
      const found = await call("listMods", "GET", onmPaths.discover, {
        query: { network: session.network() },
      });
      const mods: unknown = found.mods;
      return (Array.isArray(mods) ? mods : []).map((mod: unknown) =>
        isBody(mod) ? { ...mod, name: String(mod.name) } : { name: String(mod) },
      );
    },
    modManifest: () => Promise.resolve(null),
    async subscribe(patterns, channels) {
      const id = crypto.randomUUID();
      subscriptions.set(
        id,
        patterns.flatMap((pattern) => [pattern, ...wirePatternsOf(pattern)]),
      );
      return subscriptionAnswer(
        "system.subscribe_events",
        {
          subscription_id: id,
          agent_id: agentId,
          event_patterns: patterns,
          channels: channels ?? [],
        },
        `Successfully subscribed to ${patterns.length} event patterns`,
      );
    },
    async unsubscribe(id) {
      const isKnown = id === undefined || subscriptions.delete(id);
      if (id === undefined) {
        subscriptions.clear();
      }
      const answer = subscriptionAnswer(
        "system.unsubscribe_events",
        { agent_id: agentId, subscription_id: id ?? null },
        id === undefined
          ? "Successfully unsubscribed from all events"
          : `Successfully unsubscribed from subscription ${id}`,
      );
      return isKnown ? answer : { ...answer, success: false, message: `Subscription ${id} not found` };
    },
    leave: () => session.leave(),
    close: () => http.close(),
  };
}

/** Often while something goes on, seldom when nothing has for long. */
function pauseMs(idleMs: number, pollIntervalMs: number): number {
  if (idleMs < 10_000) {
    return pollIntervalMs;
  }
  return idleMs < 300_000 ? pollIntervalMs * 2 : pollIntervalMs * 5;
}

function agentEntryOf(agent: Body): AgentEntry {
  const id = agentOfOnm(textOf(agent.address) ?? "");
  const { address, ...metadata } = agent;
  return {
    id,
    agentId: id,
    agent_id: id,
    name: textOf(bodyOf(agent.metadata).name) ?? id,
    connected: agent.status === "online",
    metadata,
  };
}

// The stream of a node's notices. It says that there is something; what it is, the calls answer.
import { randomUUID } from "node:crypto";
import { defineRoute, events, type HttpRoute, type SseEvent } from "@x/core/service";
import { StreamEnded } from "../../engine/notices.ts";
import { ask, type Surface } from "../context.ts";
import { iso, writeJson } from "../encode.ts";
import { routeDoc, wireLimits } from "./signed-route.ts";

/** How long who is sent away should wait, in milliseconds. */
const retryAfterMs = 1_000;

export function eventsRoute(surface: Surface): HttpRoute {
  const { doors, profile } = surface;
  const { method, path } = profile.routes.events;
  return defineRoute({
    ...wireLimits,
    method,
    path,
    doc: routeDoc("events", "Notices of this node, as server-sent events"),
    admit: (request) => doors.query(request, { isOwn: true }),
    async handle({ caller, request }) {
      const { nodeId } = caller;
      await ask(surface, caller, { type: "openStream", nodeId });
      const after = /^\d{1,15}$/.test(request.lastEventId ?? "") ? Number(request.lastEventId) : undefined;
      return events({
        open: (signal) => stream(surface, nodeId, after, signal),
        keepAliveMs: surface.keepAliveMs,
        keepAliveText: "keepalive",
      });
    },
  });
}

async function* stream(
  surface: Surface,
  nodeId: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SseEvent, void> {
  const { engine, encode, names, profile, serverWords, streamLifetimeMs } = surface;
  // Where a reader goes on that hears nothing more.
  let lastId = after ?? engine.peek(({ noticed }) => noticed.get(nodeId) ?? 0);
  const { notices, end, close } = engine.notices.subscribe(nodeId, after);
  const expiry = engine.clock.setTimer(streamLifetimeMs, () => end("expiring"), { ref: false });
  const stop = (): void => end("shutdown");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) {
    stop();
  }
  try {
    const nowMs = engine.now().wall;
    yield {
      id: String(lastId),
      event: profile.events.connected,
      data: writeJson(
        names.rpc({
          nodeId,
          connectionId: randomUUID(),
          serverTime: iso(nowMs),
          expiresAt: iso(nowMs + streamLifetimeMs),
          server: serverWords,
        }),
      ),
    };
    for await (const notice of notices) {
      lastId = notice.id;
      yield { id: String(notice.id), ...encode.notice(notice) };
    }
  } catch (error) {
    if (!(error instanceof StreamEnded)) {
      throw error;
    }
    const { reason } = error;
    yield {
      id: String(lastId),
      event: profile.events.reconnect,
      data: writeJson(names.rpc({ reason, retryAfterMs })),
    };
  } finally {
    expiry.cancel();
    signal.removeEventListener("abort", stop);
    close();
    // Where the server stops, its streams are gone anyway.
    await engine.run({ type: "closeStream", nodeId }).catch(() => undefined);
  }
}

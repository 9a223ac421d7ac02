// Scenes: short plots under the load whose ends are certain, one fault of the list each.
import type { SceneOutcome } from "../../shared/histories/run.ts";
import type { Session as AnySession } from "../../shared/histories/session.ts";
import type { Step } from "./load/step.ts";

export type Session = AnySession<Step>;

/** Two load processes that talk to the daemon directly. */
function cast({ loads }: Session): { first: Session["loads"][number]; second: Session["loads"][number] } {
  const [first, second] = loads;
  if (first === undefined || second === undefined) {
    throw new Error("a scene needs two load processes");
  }
  return { first, second };
}

/**
 * A holder is stopped beyond its time, another takes over and writes, and the first one, continued, writes under its old
 * token: the resource refuses it, and so does the daemon.
 */
export async function staleWriter(session: Session, take: number): Promise<SceneOutcome> {
  const { first, second } = cast(session);
  const key = `scene-stale-${take}`;
  const answers = [await first.step({ kind: "hold", key, ttlSeconds: 1 })];
  first.signal("SIGSTOP");
  try {
    answers.push(await second.step({ kind: "hold", key, ttlSeconds: 60 }));
    answers.push(await second.step({ kind: "write", key }));
  } finally {
    first.signal("SIGCONT");
  }
  answers.push(await first.step({ kind: "write", key }));
  answers.push(await first.step({ kind: "renew", key, ttlSeconds: 1 }));
  answers.push(await second.step({ kind: "renew", key, ttlSeconds: 1 }));
  return {
    name: "a stopped holder's stale token is refused",
    expected: ["ok", "ok", "ok", "refused", "refused", "ok"],
    answers,
  };
}

/** The daemon is stopped for longer than a lease's time, and the lease is still there. */
export async function stoppedDaemon(session: Session, take: number): Promise<SceneOutcome> {
  const { first } = cast(session);
  const key = `scene-pause-${take}`;
  const answers = [await first.step({ kind: "hold", key, ttlSeconds: 3 })];
  await session.daemon.pause(3_500);
  answers.push(await first.step({ kind: "renew", key, ttlSeconds: 3 }));
  return { name: "a lease outlives a stop of the daemon", expected: ["ok", "ok"], answers };
}

/** A leader leaves, and of two who wait the one that came first follows. */
export async function succession(session: Session, take: number): Promise<SceneOutcome> {
  const { first } = cast(session);
  const group = `scene-group-${take}`;
  const answers: string[] = [];
  for (const [kind, as] of [
    ["campaign", "leader"],
    ["campaign", "next"],
    ["campaign", "last"],
    ["resign", "leader"],
    ["campaign", "last"],
  ] as const) {
    answers.push(await first.step({ kind, group, as: `${group}-${as}` }));
  }
  return { name: "a leader is followed", expected: ["ok", "ok", "ok", "ok", "ok"], answers };
}

/** A claimer is killed while it is blocked; the task that comes then reaches another, long before a claim would end. */
export async function vanishingClaimer(session: Session, take: number): Promise<SceneOutcome> {
  const { first, second } = cast(session);
  const tool = `scene-tool-${take}`;
  const claimer = session.startExtra();
  const answers = [await claimer.step({ kind: "block", tool })];
  await claimer.kill();
  answers.push(await first.step({ kind: "create", tool, ttlSeconds: 600 }));
  answers.push(await second.step({ kind: "serve", tool }));
  return { name: "a vanished claimer takes no task with it", expected: ["ok", "ok", "ok"], answers };
}

// Attacks on both servers and both clients that must hold. Each check counts one and is about facts and bounds (answered, refused,
// alive, nothing lost, memory), never about latencies. `FULL=1` for long rounds, `ONLY=name` for one subject, `SEED=n` for noise.
import type { Counts } from "../../shared/suite.ts";
import { sumOf } from "../../shared/suite.ts";
import { type Attack, createChecks } from "./checks.ts";
import { draftRaces } from "./draft-races.ts";
import { foreignIds } from "./foreign-ids.ts";
import { forgeries } from "./forgeries.ts";
import { goneCallers } from "./gone-callers.ts";
import { grpcFloods } from "./grpc-floods.ts";
import { grpcFuzz } from "./grpc-fuzz.ts";
import { hostileGrpc } from "./hostile-grpc.ts";
import { hostileHttp } from "./hostile-http.ts";
import { httpWire } from "./http-wire.ts";
import { keeperRaces } from "./keeper-races.ts";
import { lifetimes } from "./lifetimes.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { ownedDirectories } from "./owned-directories.ts";

/** The long ones first. */
const subjects: Readonly<Record<string, Attack>> = {
  "floods over gRPC": grpcFloods,
  "owned directories": ownedDirectories,
  "out of memory": outOfMemory,
  lifetimes,
  "noise over gRPC": grpcFuzz,
  "races at the daemon": keeperRaces,
  "races at a calendar": draftRaces,
  "hostile servers over gRPC": hostileGrpc,
  "hostile servers over HTTP": hostileHttp,
  "hostile HTTP": httpWire,
  "ids of another calendar": foreignIds,
  "callers that have gone": goneCallers,
  forgeries,
};

/** So many at once: most of them wait for the other end. */
const lanes = 2;

export async function run(): Promise<Counts> {
  const only = process.env.ONLY ?? "";
  const left = Object.entries(subjects).filter(([subject]) => subject.includes(only));
  const own = createChecks("all of it");
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error instanceof Error ? error.stack : error);
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  const all: Counts[] = [];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      all.push(await attackOn(...next));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  process.off("unhandledRejection", note);
  process.off("uncaughtException", note);
  own.that("no error is left to nobody", unhandled.length === 0, unhandled);
  return sumOf([...all, own.counts()]);
}

async function attackOn(subject: string, attack: Attack): Promise<Counts> {
  const startedAt = performance.now();
  const checks = createChecks(subject);
  try {
    await attack(checks);
  } catch (error) {
    checks.that("it could be tried", false, error instanceof Error ? error.stack : error);
  }
  const counts = checks.counts();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${subject}: ${counts.passed} hold, ${counts.failed} fail, ${seconds} s`);
  return counts;
}

// Attacks on both servers and both clients that must hold. Each check counts one and is about facts and bounds (answered, refused,
// alive, nothing lost, memory), never about latencies. `FULL=1` for long rounds, `ONLY=name` for one subject, `SEED=n` for noise.
import type { Counts } from "../../shared/suite.ts";
import { sumOf } from "../../shared/suite.ts";
import { type Attack, createChecks } from "./checks.ts";
import { draftRaces } from "./draft-races.ts";
import { foreignIds } from "./foreign-ids.ts";
import { goneCallers } from "./gone-callers.ts";
import { grpcFloods } from "./grpc-floods.ts";
import { grpcFuzz } from "./grpc-fuzz.ts";
import { hostileGrpc } from "./hostile-grpc.ts";
import { hostileHttp } from "./hostile-http.ts";
import { httpWire } from "./http-wire.ts";
import { keeperRaces } from "./keeper-races.ts";

const subjects: Readonly<Record<string, Attack>> = {
  "noise over gRPC": grpcFuzz,
  "floods over gRPC": grpcFloods,
  "hostile HTTP": httpWire,
  "ids of another calendar": foreignIds,
  "callers that have gone": goneCallers,
  "races at the daemon": keeperRaces,
  "races at a calendar": draftRaces,
  "hostile servers over gRPC": hostileGrpc,
  "hostile servers over HTTP": hostileHttp,
};

export async function run(): Promise<Counts> {
  const only = process.env.ONLY;
  const all: Counts[] = [];
  for (const [subject, attack] of Object.entries(subjects)) {
    if (only !== undefined && !subject.includes(only)) {
      continue;
    }
    const startedAt = performance.now();
    const checks = createChecks(subject);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    process.on("uncaughtException", note);
    try {
      await attack(checks);
    } catch (error) {
      checks.that("it could be tried", false, error instanceof Error ? error.stack : error);
    } finally {
      process.off("unhandledRejection", note);
      process.off("uncaughtException", note);
    }
    checks.that("no error is left to nobody", unhandled.length === 0, String(unhandled));
    const counts = checks.counts();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${subject}: ${counts.passed} hold, ${counts.failed} fail, ${seconds} s`);
    all.push(counts);
  }
  return sumOf(all);
}

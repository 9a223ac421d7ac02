// Random bytes, and messages that were valid until they were damaged, under odd headers, while an honest client is served.

import { createRandom, type Random } from "../../shared/histories/random.ts";
import { type Attack, scaled } from "./checks.ts";
import { message, openSession, type RawAnswer, rawCall } from "./frames.ts";
import { besideHonest } from "./honest.ts";
import { type Method, methods, oddMessage } from "./methods.ts";
import { clientOf, startServer } from "./servers.ts";

const lanes = 8;
/** What goes on for longer is a watch whose time the noise has taken away. */
const callMs = 500;
const contentTypes = [
  "application/grpc",
  "application/grpc+proto",
  "application/grpc+json",
  "application/grpc-web+proto",
  "application/connect+proto",
  "application/proto",
  "application/json",
  "text/html",
] as const;

/** Flips, cuts, and adds. */
function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const damaged = Buffer.from(bytes);
  for (let left = random.between(1, 6); left > 0 && damaged.length > 0; left -= 1) {
    const at = random.between(0, damaged.length - 1);
    switch (random.between(0, 3)) {
      case 0:
        damaged[at] = (damaged[at] ?? 0) ^ (1 << random.between(0, 7));
        break;
      case 1:
        damaged[at] = 255;
        break;
      case 2:
        return damaged.subarray(0, at);
      default:
        return Buffer.concat([damaged, noise(random, 40)]);
    }
  }
  return damaged;
}

function noise(random: Random, atMost: number): Buffer {
  return Buffer.from(Array.from({ length: random.between(0, atMost) }, () => random.between(0, 255)));
}

/** The body of a call: as a rule one whole message. */
function bodyOf(random: Random, bytes: Uint8Array): Uint8Array {
  const whole = message(bytes);
  if (random.chance(0.85)) {
    return whole;
  }
  return random.pick([
    Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]),
    Buffer.from([0, 255, 255, 255, 255]),
    Buffer.from([9, 0, 0, 0, 0]),
    Buffer.concat([whole, whole]),
    Buffer.from([0, 0]),
    Buffer.alloc(0),
    whole.subarray(0, random.between(3, whole.length)),
  ]);
}

function headersOf(random: Random): Record<string, string> {
  // What is asked to wait must not hold up the lane.
  const headers: Record<string, string> = { "grpc-timeout": "200m" };
  if (random.chance(0.05)) {
    headers["grpc-timeout"] = random.pick(["1n", "-1S", "x", "0m", "100000000000m"]);
  }
  if (random.chance(0.05)) {
    headers["grpc-encoding"] = random.pick(["gzip", "br", "identity", "snappy"]);
  }
  if (random.chance(0.1)) {
    headers["content-type"] = random.pick(contentTypes);
    headers["connect-timeout-ms"] = "200";
  }
  return headers;
}

export const grpcFuzz: Attack = async (checks) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  await using server = await startServer("agentkeeper");
  await using client = clientOf(server);
  const prey = await client.register({
    name: "prey",
    description: "",
    version: "1",
    tools: ["t"],
    ttlSeconds: 600,
  });
  const ownFaults = new Set<string>();
  const answered = new Set<string>();

  const lane = async (random: Random, until: number): Promise<number> => {
    let calls = 0;
    let session = await openSession(server.port);
    while (Date.now() < until && server.isAlive()) {
      if (session.destroyed || session.closed) {
        session = await openSession(server.port);
      }
      const { path, input } = random.pick(methods as unknown as readonly [Method, ...Method[]]);
      const made = random.chance(0.2) ? noise(random, 200) : oddMessage(random, input, [prey.agentId, "t"]);
      const bytes = random.chance(0.5) ? damage(random, made) : made;
      const suffix = random.chance(0.02) ? random.pick(["x", "/../", "?a=b", "/"]) : "";
      const answer = await rawCall(session, path + suffix, bodyOf(random, bytes), headersOf(random), callMs);
      calls += 1;
      answered.add(`${answer.http}/${answer.status}`);
      if (isOwnFault(answer)) {
        ownFaults.add(`${path}: ${answer.http}/${answer.status} ${answer.said}`);
      }
    }
    session.destroy();
    return calls;
  };

  const until = Date.now() + scaled(3_000, 60_000);
  await besideHonest(checks, server, `noise (seed ${seed})`, async () => {
    const counts = await Promise.all(
      Array.from({ length: lanes }, (_, index) => lane(createRandom(seed + index), until)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  });
  checks.that(`noise (seed ${seed}): no call is blamed on the daemon itself`, ownFaults.size === 0, [
    ...ownFaults,
  ]);
  checks.that("noise: the daemon has told calls apart", answered.has("200/0") && answered.has("200/3"), [
    ...answered,
  ]);
  const logged = server.process.stderr().length;
  checks.that(
    `noise: the log stays below ${logBound} characters`,
    logged < logBound,
    server.process.stderr(),
  );
};

/** What strangers cause is told now and then, in a line; not once for each of thousands of calls. */
const logBound = 50_000;

/**
 * UNKNOWN says that a rule threw, INTERNAL that something was wrong with the bytes (as in every gRPC server); over Connect both are
 * 500, with the name in the body.
 */
function isOwnFault({ status, said }: RawAnswer): boolean {
  const ofBytes = /received bytes that are no|compress|message|frame|JSON/i;
  return (
    status === 2 ||
    status === 15 ||
    ((status === 13 || /"(internal|unknown)"/.test(said)) && !ofBytes.test(said))
  );
}

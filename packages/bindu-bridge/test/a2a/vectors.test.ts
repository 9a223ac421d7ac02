// The recorded traffic of the face, played again: what was asked, and what came back.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Exchange, eventsOf, vectors } from "../wire/a2a/vectors.ts";
import { type StartedFace, startFace } from "./face.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Members whose texts are for people, or that nobody can know before. */
const volatile = new Set(["message", "description", "did.message.signature", "nextPageToken", "totalSize"]);

/** An event whose artifact carries nothing but a signature, without that. */
function withoutSignature(event: unknown): unknown {
  return JSON.parse(JSON.stringify(event), (name, value) => {
    const { "did.message.signature": signature, ...others } =
      name === "artifact" ? (value.metadata ?? {}) : {};
    return signature === undefined
      ? value
      : { ...value, metadata: Object.keys(others).length === 0 ? undefined : others };
  });
}

describe("the recorded exchanges, in their order", () => {
  let face: StartedFace;
  /** What the ids of the recording are now. */
  const ids = new Map<string, string>();

  beforeAll(async () => {
    face = await startFace();
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  const now = (text: string): string =>
    text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => ids.get(id) ?? id);

  /** The recorded value as it must be now: ids as they are now, times and signatures as they came. */
  function expected(recorded: unknown, came: unknown, name = ""): unknown {
    if (typeof recorded === "string" && uuid.test(recorded) && typeof came === "string") {
      if (!ids.has(recorded)) {
        ids.set(recorded, came);
      }
      return ids.get(recorded);
    }
    const isText = typeof recorded === "string" || typeof recorded === "number";
    const isFree = (volatile.has(name) && isText) || (typeof recorded === "string" && time.test(recorded));
    if (isFree) {
      expect(typeof came).toBe(typeof recorded);
      return came;
    }
    if (Array.isArray(recorded)) {
      return recorded.map((item, index) => expected(item, Array.isArray(came) ? came[index] : undefined));
    }
    if (typeof recorded !== "object" || recorded === null) {
      return recorded;
    }
    const of: Record<string, unknown> = typeof came === "object" && came !== null ? { ...came } : {};
    return Object.fromEntries(
      Object.entries(recorded).map(([member, value]) => [member, expected(value, of[member], member)]),
    );
  }

  async function play({ request, response }: Exchange): Promise<void> {
    const body = request.json === undefined ? request.text : now(JSON.stringify(request.json));
    const { "content-length": _, ...headers } = request.headers;
    const answer = await face.ask(request.method, now(request.path), { body, headers });
    expect(answer.status).toBe(response.status);
    for (const [name, value] of Object.entries(response.headers)) {
      expect(answer.headers.get(name)).toBe(value);
    }
    if (response.raw !== undefined) {
      const [recorded, came] = [eventsOf(response.raw), eventsOf(answer.text)];
      const numbers = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
      expect(numbers(answer.text)).toEqual(numbers(response.raw));
      // The stub did not sign its pieces.
      const unsigned = came.map(withoutSignature);
      expect(unsigned).toEqual(expected(recorded, unsigned));
    } else {
      expect(answer.json).toEqual(expected(response.json, answer.json));
    }
  }

  test.each(vectors.face)("A1 A9 A20 A29 A36 $name", play);
});

test("A4 the recorded card, member by member", async () => {
  await using face = await startFace();
  const { status, json, headers } = await face.ask("GET", "/.well-known/agent-card.json");
  const recorded = vectors.card.response;
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("public, max-age=60");
  const shape = (value: unknown): unknown =>
    Object.keys(typeof value === "object" && value !== null ? value : {}).sort();
  expect(shape(json)).toEqual(shape(recorded.json));
  const { extensions, ...capabilities } = json.capabilities;
  expect(capabilities).toEqual({ streaming: true, pushNotifications: true, extendedAgentCard: false });
  expect(extensions.map(({ uri }: { uri: string }) => uri)).toEqual([
    face.did,
    "urn:x:a2a:bindu-card:v1",
    "urn:x:a2a:resume:v1",
    "urn:x:a2a:idempotent-send:v1",
  ]);
  const { capabilities: _, ...rest } = json;
  const { capabilities: __, ...restRecorded } = { ...recorded.json };
  const port = new URL(face.url).port;
  expect(rest).toEqual(JSON.parse(JSON.stringify(restRecorded).replaceAll("PORT", port)));
});

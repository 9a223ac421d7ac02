// An answer that grows, from the chunks of an agent to the pieces that are shown.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HandleResponseSchema } from "../../src/gen/bindu/grpc/agent_handler_pb.ts";
import { readGrowing } from "../../src/local/engine/growing-answer.ts";
import type { Piece } from "../../src/local/rules/model/commands.ts";

type Chunk = MessageInitShape<typeof HandleResponseSchema>;

const delta = (content: string): Chunk => ({ content, metadata: { "x.chunk": "delta" } });

async function* saying(chunks: Iterable<Chunk>) {
  for (const chunk of chunks) {
    yield create(HandleResponseSchema, chunk);
  }
}

/** Goes on so many jobs of the microtask queue later. */
async function microtasks(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    await undefined;
  }
}

/** What is shown, `|` before what begins anew, and the whole answer. */
async function grown(chunks: Iterable<Chunk>): Promise<readonly [shown: string, whole: string]> {
  let shown = "";
  const write = async (pieces: readonly Piece[]): Promise<void> => {
    for (const { append, artifact } of pieces) {
      const [part] = artifact.parts;
      shown += `${append ? "" : "|"}${part?.kind === "text" ? part.text : ""}`;
    }
  };
  const last = await readGrowing(saying(chunks), { artifactId: "a", text: "" }, write);
  return [shown, last.state || last.content];
}

test.each<[string, Chunk[], string, string]>([
  ["nothing", [], "", ""],
  ["new pieces", [delta("a"), delta("b")], "|ab", "ab"],
  ["all text so far", [{ content: "a" }, { content: "ab" }, { content: "ab" }], "|ab", "ab"],
  ["another text", [{ content: "a" }, { content: "b" }], "|a|b", "b"],
  ["both ways", [delta("a"), { content: "ab" }, delta("c")], "|abc", "abc"],
  ["a whole answer at the end", [delta("a"), { content: "z", isFinal: true }, delta("b")], "|a", "z"],
  ["a question at the end", [delta("a"), { state: "input-required" }], "|a", "input-required"],
])("S35 an agent that streams %s is shown as it grows", async (_, chunks, shown, whole) => {
  expect(await grown(chunks)).toEqual([shown, whole]);
});

test("S35 each piece is looked at alone: a long answer in many of them holds nobody up", async () => {
  const chunks = Array.from({ length: 50_000 }, () => delta("word ".repeat(8)));
  const [shown, whole] = await grown(chunks);
  expect(whole).toHaveLength(2_000_000);
  expect(shown).toBe(`|${whole}`);
});

test("S32 an agent whose pieces nobody takes is not read to its end", async () => {
  let read = 0;
  const endless = (function* () {
    for (;;) {
      read += 1;
      yield delta("x");
    }
  })();
  const refused = new Error("refused");
  const answer = readGrowing(saying(endless), { artifactId: "a", text: "" }, () => Promise.reject(refused));
  await expect(answer).rejects.toBe(refused);
  expect(read).toBeLessThan(100);
});

test("S32 an answer whose writer throws at once ends with that", async () => {
  const refused = new Error("refused");
  const answer = readGrowing(saying([delta("a")]), { artifactId: "a", text: "" }, () => {
    throw refused;
  });
  await expect(answer).rejects.toBe(refused);
});

test("S35 what an agent says is shown once and in its order, whenever a write ends", async () => {
  const steps = fc.nat({ max: 12 });
  const said = fc.array(steps, { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(said, fc.infiniteStream(steps), async (waits, writes) => {
      const whole = waits.map((_, index) => `${index} `).join("");
      async function* chunks() {
        for (const [index, wait] of waits.entries()) {
          await microtasks(wait);
          yield create(HandleResponseSchema, delta(`${index} `));
        }
      }
      let shown = "";
      const last = await readGrowing(chunks(), { artifactId: "a", text: "" }, async (pieces) => {
        for (const { artifact } of pieces) {
          const [part] = artifact.parts;
          shown += part?.kind === "text" ? part.text : "";
        }
        await microtasks(writes.next().value);
      });
      expect([shown, last.content]).toEqual([whole, whole]);
    }),
    { numRuns: 1_000 },
  );
});

// Streams: their order and their end, two readers of one task, and what is refused instead.
import assert from "node:assert/strict";
import type { Steps } from "../../shared/steps.ts";
import { type Caller, shapeOf, toEnd } from "./caller.ts";

const working = ["task TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"] as const;

export function streams({ binding, said, send, stream, get, refused }: Caller): Steps {
  const tells = async (prefix: string, ...rest: readonly string[]): Promise<void> => {
    assert.deepEqual(shapeOf(await stream(prefix)), [...working, ...rest]);
  };
  /** The texts of all pieces, joined: an answer may come in several, and the last may be for its signature alone. */
  const toldText = (events: Awaited<ReturnType<typeof stream>>): string =>
    events
      .flatMap((event) => ("artifactUpdate" in event ? event.artifactUpdate.artifact.parts : []))
      .map((part) => ("text" in part ? part.text : "?"))
      .join("");
  const told: Readonly<Record<string, string>> = {
    "stream-001": "Stream hello from TCK",
    "stream-002": "",
    "stream-003": "Stream task lifecycle",
    "stream-ordering-001": "Ordered output",
    "stream-artifact-text": "Streamed text content",
    "stream-artifact-chunked": "chunk-1 chunk-2",
  };
  return {
    "A39 CORE-STREAM-001 CORE-STREAM-002 STREAM-ORDER-001 STREAM-ORDER-002 task, working, pieces, end":
      async () => {
        for (const [prefix, text] of Object.entries(told)) {
          const events = await stream(prefix);
          const shape = shapeOf(events);
          assert.deepEqual(shape.slice(0, 2), working);
          assert.equal(shape.at(-1), "TASK_STATE_COMPLETED");
          assert.equal(toldText(events), text);
          assert.ok(events.slice(2, -1).every((event) => "artifactUpdate" in event));
        }
      },
    "A39 STREAM-ORDER-003 pieces of one artifact, the last of them marked, and the task the same":
      async () => {
        const events = await stream("stream-artifact-chunked");
        const pieces = events.flatMap((event) => ("artifactUpdate" in event ? [event.artifactUpdate] : []));
        assert.equal(new Set(pieces.map(({ artifact }) => artifact.artifactId)).size, 1);
        assert.deepEqual(
          pieces.map(({ append, lastChunk }) => [append === true, lastChunk === true]),
          pieces.map((_, index) => [index > 0, index === pieces.length - 1]),
        );
        const { artifacts = [] } = await get(pieces[0]?.taskId ?? "");
        const [part] = artifacts[0]?.parts ?? [];
        assert.ok(artifacts.length === 1 && part && "text" in part && part.text === "chunk-1 chunk-2");
      },
    "A39 STREAM-ORDER-003 a file is one piece": async () => {
      const file = [{ raw: "ZmlsZSBjb250ZW50", filename: "output.txt", mediaType: "text/plain" }];
      await tells("stream-artifact-file", JSON.stringify(file), "TASK_STATE_COMPLETED");
    },
    "A39 STREAM-ORDER-004 a question and a refusal end a stream": async () => {
      await tells("input-required", "TASK_STATE_INPUT_REQUIRED");
      await tells("reject-task", "TASK_STATE_REJECTED");
    },
    "A39 CORE-STREAM-001 a message that needs no task is the task's last word": async () => {
      const events = await stream("message-response");
      assert.deepEqual(shapeOf(events), [...working, "TASK_STATE_COMPLETED"]);
      const [last] = events.slice(-1);
      assert.ok(last && "statusUpdate" in last);
      assert.deepEqual(last.statusUpdate.status.message?.parts, [{ text: "Direct message response" }]);
    },
    "A39 CORE-STREAM-003 a task that is over takes no stream": async () => {
      const { id } = await send("complete-task");
      const over = said("stream-001", { taskId: id });
      await refused("UNSUPPORTED_OPERATION", "SendStreamingMessage", over);
      const unknown = said("stream-001", { taskId: "tck-nobody" });
      await refused("TASK_NOT_FOUND", "SendStreamingMessage", unknown);
    },
    "A39 CORE-STREAM-003 a task that waits goes on in a stream": async () => {
      const { id } = await send("input-required");
      const events = await stream("stream-001", { taskId: id });
      const [first] = events;
      assert.ok(first && "task" in first && first.task.id === id);
      assert.equal(shapeOf(events).at(-1), "TASK_STATE_COMPLETED");
    },
    "A39 STREAM-SUB-001 STREAM-SUB-002 A20 two subscribers hear the same, from the task to its end":
      async () => {
        const { id } = await send("input-required");
        const readers = [0, 1].map(() => binding.stream("SubscribeToTask", { id }));
        const firsts = await Promise.all(readers.map(async (reader) => (await reader.next()).value));
        assert.ok(firsts.every((first) => first && "task" in first && first.task.id === id));
        const heard = readers.map(toEnd);
        await send("complete-task", { taskId: id });
        const [one = [], other = []] = await Promise.all(heard);
        assert.deepEqual(one, other);
        assert.equal(shapeOf(one).at(-1), "TASK_STATE_COMPLETED");
      },
    "A39 STREAM-SUB-001 A20 who leaves takes nothing from who stays": async () => {
      const { id } = await send("input-required");
      const [leaves, stays] = [0, 1].map(() => binding.stream("SubscribeToTask", { id }));
      assert.ok(leaves && stays);
      await Promise.all([leaves.next(), stays.next()]);
      await leaves.return();
      const heard = toEnd(stays);
      await send("complete-task", { taskId: id });
      assert.equal(shapeOf(await heard).at(-1), "TASK_STATE_COMPLETED");
    },
    "A39 STREAM-SUB-003 a task that is over has no subscribers": async () => {
      const { id } = await send("complete-task");
      await refused("UNSUPPORTED_OPERATION", "SubscribeToTask", { id });
    },
    "A39 STREAM-SUB-004 nor one that nobody knows": async () => {
      await refused("TASK_NOT_FOUND", "SubscribeToTask", { id: "tck-nobody" });
    },
  };
}

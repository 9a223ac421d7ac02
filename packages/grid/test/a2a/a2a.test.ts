import { describe, expect, it } from "vitest";
import {
  messageFromA2A,
  messageToA2A,
  nodeToAgentCard,
  stateFromA2A,
  stateToA2A,
  taskFromA2A,
  taskToA2A,
} from "../../src/a2a/index.ts";
import { nodeOf } from "../../src/client/decode/decode-node.ts";
import { taskOf } from "../../src/client/decode/decode-task.ts";
import { readerOf } from "../../src/client/decode/reading.ts";
import { taskStates } from "../../src/wire/forms.ts";
import { gridProfile } from "../../src/wire/profile.ts";
import { message, node, task } from "../client/fixture.ts";

const read = readerOf(gridProfile, "test");
const versions = ["0.3", "1.0"] as const;

const parts = [
  { type: "text", text: "a" },
  { type: "file", file: { name: "r.csv", mimeType: "text/csv", bytes: "YQ==" } },
  { type: "file", file: { uri: "https://example.com/a" } },
  { type: "data", data: { n: 1 }, metadata: { k: "v" } },
];

const full = taskOf(
  read,
  task({
    state: "input_required",
    status: { state: "input_required", timestamp: "2026-01-02T03:04:05Z", message: message({ parts }) },
    history: [
      message({ parts, metadata: { a: 1 } }),
      message({ messageId: "m2", fromNodeId: null, role: null }),
    ],
    artifacts: [{ artifactId: "a1", name: "report", parts, metadata: { b: 2 } }, { parts: [] }],
    metadata: { c: 3 },
    parentTaskId: "p",
    unreadCount: 4,
  }),
);

describe("G113 G114 tasks in the terms of A2A", () => {
  it.each(versions)("G114 come back as they were, by A2A %s", (version) => {
    const out = taskToA2A(full, { version });
    expect(out.lost).toEqual([]);
    const back = taskFromA2A(JSON.parse(JSON.stringify(out.value)));
    expect(back.lost).toEqual([]);
    expect(back.value).toEqual(full);
    const one = full.history[0];
    expect(one && messageFromA2A(messageToA2A(one, { version }).value).value).toEqual(one);
  });

  it("G113 are written as A2A 0.3 has them", () => {
    const { value } = taskToA2A(full, { version: "0.3" });
    expect(value).toMatchObject({
      kind: "task",
      id: "t1",
      status: { state: "input-required" },
      metadata: { c: 3, "x-grid": { parentTaskId: "p", unreadCount: 4, checkIn: 30 } },
      history: [
        { kind: "message", role: "agent", parts: [{ kind: "text", text: "a" }, { kind: "file" }, {}, {}] },
        {},
      ],
    });
  });

  it("G113 are written as A2A 1.0 has them", () => {
    const { value } = taskToA2A(full);
    expect(value).not.toHaveProperty("kind");
    expect(value).toMatchObject({
      status: { state: "TASK_STATE_INPUT_REQUIRED" },
      history: [
        {
          role: "ROLE_AGENT",
          parts: [
            { text: "a" },
            { raw: "YQ==", filename: "r.csv", mediaType: "text/csv" },
            { url: "https://example.com/a" },
            { data: { n: 1 }, metadata: { k: "v" } },
          ],
        },
        {},
      ],
    });
  });

  it.each(versions)("G114 name what has no place in A2A %s instead of dropping it silently", (version) => {
    const odd = taskOf(
      read,
      task({
        state: "paused",
        history: [
          message({
            role: "narrator",
            parts: [
              { type: "hologram", x: 1 },
              { type: "text", text: "a" },
            ],
          }),
        ],
      }),
    );
    const { value, lost } = taskToA2A(odd, { version });
    expect(lost).toEqual(["status.state", "history[0].role", "history[0].parts[0]"]);
    expect(taskFromA2A({ ...value, history: [{ messageId: "m", parts: [{ video: 1 }] }] }).lost).toEqual([
      "status.state",
      "history[0].parts[0]",
    ]);
  });

  it.each(taskStates)("G113 the state %s is one in each generation", (state) => {
    for (const version of versions) expect(stateFromA2A(stateToA2A(state, { version }))).toBe(state);
    expect(stateToA2A(state)).toBe(`TASK_STATE_${state.toUpperCase()}`);
  });

  it("G113 a node has a card, whose skills have tags", () => {
    const agent = nodeOf(
      read,
      node({
        endpoint_url: "https://agent.example",
        skills: [
          { id: "s", name: "S" },
          { id: "t", name: "T", tags: ["x"] },
        ],
      }),
    );
    expect(nodeToAgentCard(agent, { version: "0.3" })).toMatchObject({
      name: "My Agent",
      url: "https://agent.example",
      skills: [
        { id: "s", tags: [] },
        { id: "t", tags: ["x"] },
      ],
    });
    expect(nodeToAgentCard(agent)).toMatchObject({ supportedInterfaces: [{ url: "https://agent.example" }] });
  });
});

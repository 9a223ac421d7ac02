// The bounds of every field: the longest is taken, one byte more is refused, and the refusal names the field.
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/local/rules/model/commands.ts";
import { createTask, createTaskCommand, longLived, noBytes } from "./steps.ts";
import { card, createWorld, type World } from "./world.ts";

/** Exactly so many bytes of UTF-8, in fewer characters. */
const text = (count: number): string => "é".repeat(count >> 1) + "a".repeat(count & 1);

const tooLong = (field: string) => ({
  refused: "FIELD_TOO_LONG",
  code: "invalid_argument",
  metadata: { field },
});
const empty = (field: string) => ({ refused: "FIELD_EMPTY", code: "invalid_argument", metadata: { field } });

let registered = 0;
const registerWith = (part: Parameters<typeof card>[1]): Command => {
  registered += 1;
  return { type: "register", agentId: `id-${registered}`, card: card("name", part), ttlSeconds: 0 };
};

const takes = (world: World, command: Command): void => {
  expect(world.run(command)).not.toHaveProperty("refused");
};

const many = (count: number, item = "tool"): string[] => Array.from({ length: count }, () => item);

const entries = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "value"]));

describe("limits", () => {
  it("AK-LIMIT-card.name 1 to 256 bytes", () => {
    const world = createWorld();
    takes(world, registerWith({ name: text(256) }));
    takes(world, registerWith({ name: "a" }));
    expect(world.refused(registerWith({ name: text(257) }))).toMatchObject(tooLong("card.name"));
    expect(world.refused(registerWith({ name: "" }))).toMatchObject(empty("card.name"));
  });

  it("AK-LIMIT-card.description up to 8 KiB, and it may be empty", () => {
    const world = createWorld();
    takes(world, registerWith({ description: text(8_192) }));
    takes(world, registerWith({ description: "" }));
    expect(world.refused(registerWith({ description: text(8_193) }))).toMatchObject(
      tooLong("card.description"),
    );
  });

  it("AK-LIMIT-card.version up to 128 bytes, and it may be empty", () => {
    const world = createWorld();
    takes(world, registerWith({ version: text(128) }));
    takes(world, registerWith({ version: "" }));
    expect(world.refused(registerWith({ version: text(129) }))).toMatchObject(tooLong("card.version"));
  });

  it("AK-LIMIT-card.tools 256 tools of 1 to 256 bytes", () => {
    const world = createWorld();
    takes(world, registerWith({ tools: many(256, text(256)) }));
    expect(world.refused(registerWith({ tools: many(257) }))).toMatchObject(tooLong("card.tools"));
    expect(world.refused(registerWith({ tools: ["tool", text(257)] }))).toMatchObject(tooLong("card.tools"));
    expect(world.refused(registerWith({ tools: ["tool", ""] }))).toMatchObject(empty("card.tools"));
  });

  it("AK-LIMIT-card.metadata 64 entries, a key of up to 128 bytes, a value of up to 4 KiB", () => {
    const world = createWorld();
    takes(world, registerWith({ metadata: entries(64) }));
    takes(world, registerWith({ metadata: { [text(128)]: text(4_096), "": "" } }));
    for (const metadata of [entries(65), { [text(129)]: "" }, { key: text(4_097) }]) {
      expect(world.refused(registerWith({ metadata }))).toMatchObject(tooLong("card.metadata"));
    }
  });

  it("AK-LIMIT-card.metadata capabilities have bounds too, and far too many are refused like one too many", () => {
    const world = createWorld();
    const capability = { name: text(256), description: text(8_192) };
    takes(world, registerWith({ capabilities: Array.from({ length: 256 }, () => capability) }));
    for (const capabilities of [
      Array.from({ length: 257 }, () => capability),
      Array.from({ length: 1_000_000 }, () => capability),
      [{ ...capability, name: text(257) }],
      [{ ...capability, description: text(8_193) }],
    ]) {
      expect(world.refused(registerWith({ capabilities }))).toMatchObject(tooLong("card.capabilities"));
    }
    expect(world.refused(registerWith({ tools: many(1_000_000) }))).toMatchObject(tooLong("card.tools"));
  });

  it("AK-LIMIT-task_id 1 to 1,024 bytes, wherever there is one", () => {
    const world = createWorld();
    const agentId = world.agent("agent", longLived);
    const commands = (taskId: string): readonly Command[] => [
      { type: "acquireLease", taskId, agentId, ttlSeconds: 0 },
      { type: "renewLease", taskId, agentId, token: 1n, ttlSeconds: 0 },
      { type: "releaseLease", taskId, agentId, token: 1n },
      { type: "completeTask", taskId, agentId, output: noBytes },
      { type: "failTask", taskId, agentId, reason: "" },
      { type: "getTask", taskId },
    ];
    for (const command of commands(text(1_025))) {
      expect(world.refused(command), command.type).toMatchObject(tooLong("task_id"));
    }
    for (const command of commands("")) {
      expect(world.refused(command), command.type).toMatchObject(empty("task_id"));
    }
    const longest = world.ok({ type: "acquireLease", taskId: text(1_024), agentId, ttlSeconds: 0 });
    expect(longest.acquired).toBe(true);
  });

  it("AK-LIMIT-group 1 to 1,024 bytes", () => {
    const world = createWorld();
    const agentId = world.agent();
    for (const type of ["campaign", "resign"] as const) {
      takes(world, { type, group: text(1_024), agentId });
      expect(world.refused({ type, group: text(1_025), agentId })).toMatchObject(tooLong("group"));
      expect(world.refused({ type, group: "", agentId })).toMatchObject(empty("group"));
    }
  });

  it("AK-LIMIT-reason of a failure up to 8 KiB, and it may be empty", () => {
    const world = createWorld();
    const agentId = world.agent();
    createTask(world, "task", { maxRetries: 1 });
    for (const reason of [text(8_192), ""]) {
      world.ok({ type: "claimTask", agentId });
      expect(world.refused({ type: "failTask", taskId: "task", agentId, reason: text(8_193) })).toMatchObject(
        tooLong("reason"),
      );
      takes(world, { type: "failTask", taskId: "task", agentId, reason });
    }
  });

  it("AK-LIMIT-agent_id an empty one is an invalid argument, an unknown one is not found", () => {
    const world = createWorld();
    const commands = (agentId: string): readonly Command[] => [
      { type: "heartbeat", agentId },
      { type: "deregister", agentId },
      { type: "getAgent", agentId },
      { type: "acquireLease", taskId: "key", agentId, ttlSeconds: 0 },
      { type: "campaign", group: "group", agentId },
      { type: "resign", group: "group", agentId },
      { type: "claimTask", agentId },
    ];
    for (const command of commands("")) {
      expect(world.refused(command), command.type).toMatchObject(empty("agent_id"));
    }
    for (const command of commands("nobody")) {
      expect(world.refused(command), command.type).toMatchObject({
        refused: "AGENT_NOT_FOUND",
        code: "not_found",
        metadata: { agent_id: "nobody" },
      });
    }
  });

  it("AK-ERR-FIELD_TOO_LONG so are the tools of a task and of a search, and the texts of a search", () => {
    const world = createWorld();
    takes(world, createTaskCommand("task", { requiredTools: many(256, text(256)) }));
    expect(world.refused(createTaskCommand("more", { requiredTools: many(257) }))).toMatchObject(
      tooLong("required_tools"),
    );
    const search = { type: "find", query: "", tools: [], limit: 0 } as const;
    expect(world.refused({ ...search, tools: [text(257)] })).toMatchObject(tooLong("tools"));
    expect(world.refused({ ...search, query: text(8_193) })).toMatchObject(tooLong("query"));
    expect(world.refused({ type: "listPolicies", subjectPrefix: text(1_025) })).toMatchObject(
      tooLong("subject_prefix"),
    );
  });
});

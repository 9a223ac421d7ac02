// Registrations: what a configuration must have, where agents are served, and what a new registration changes.
import { describe, expect, it } from "vitest";
import { ConfigProblem, readConfig } from "../../src/local/rules/registrations/config.ts";
import { overlap, placeOf } from "../../src/local/rules/registrations/place.ts";
import vectors from "../vectors/bindu.json" with { type: "json" };
import { createWorld } from "./world.ts";

function problem(text: string): string | undefined {
  try {
    readConfig(text, "0.0.0");
    return undefined;
  } catch (error) {
    if (error instanceof ConfigProblem) {
      return error.message;
    }
    throw error;
  }
}

/** Texts of Python that only say what went wrong, and what this core refuses of its own accord (D25). */
const ownWords = new Set([
  "array",
  "string",
  "null",
  "num",
  "capnull",
  "extrarun",
  "execcost",
  "execcostempty",
  "execstr",
]);

describe("configurations", () => {
  it.each(vectors.registration_errors)("S22 refuses $case", ({ case: name, config_json, error }) => {
    const said = problem(config_json);
    if (error.startsWith("Invalid config_json: ")) {
      expect(said).toMatch(/^Invalid config_json: ./);
    } else if (name.startsWith("exec")) {
      expect(said).toBe("Registration failed: execution_cost is not supported by this core");
    } else if (ownWords.has(name)) {
      expect(said).toMatch(/^Registration failed: ./);
    } else {
      expect(said).toBe(error);
    }
  });

  const whole = vectors.registration.config;
  const changed = (more: object): string => JSON.stringify({ ...whole, ...more });

  it("S22 names all required fields that are missing (D5)", () => {
    expect(problem("{}")).toBe(
      "Registration failed: ConfigError: missing required fields in the agent configuration: author, name, deployment.url",
    );
  });

  it.each(["http:x", "http:///x", "http:/x:1", "http:\\\\x"])(
    "S22 a URL has its host behind two slashes: %s",
    (url) => {
      expect(problem(changed({ deployment: { url, expose: true } }))).toBe(
        `Registration failed: ConfigError: 'deployment.url' must be a valid http(s) URL, got '${url}'.`,
      );
    },
  );

  it("S22 refuses who would check callers (D26)", () => {
    expect(problem(changed({ auth: { enabled: true } }))).toBe(
      "Registration failed: auth is not supported by this core",
    );
    expect(problem(changed({ auth: { enabled: false } }))).toBeUndefined();
  });

  it("S22 takes defaults where it says nothing", () => {
    const { config, id } = readConfig(
      JSON.stringify({ author: "a", name: "n", deployment: { url: "http://localhost:1", expose: false } }),
      "9.9.9",
    );
    expect(id).toBeUndefined();
    expect(config).toMatchObject({
      description: "A Bindu agent",
      version: "9.9.9",
      kind: "agent",
      numHistorySessions: 10,
      systemMessage: true,
      contextHistory: false,
      telemetry: true,
      debugLevel: 1,
    });
  });

  it.each([
    ["FAE034D636506A42B6DF2E9570CED915", "fae034d6-3650-6a42-b6df-2e9570ced915"],
    ["{fae034d6-3650-6a42-b6df-2e9570ced915}", "fae034d6-3650-6a42-b6df-2e9570ced915"],
  ])("S38 an id is a UUID as Python reads one: %s", (given, id) => {
    expect(readConfig(changed({ id: given }), "0").id).toBe(id);
  });
});

describe("places", () => {
  it("S33 a URL without a port is served where agents are, one with a port there", () => {
    expect(placeOf("http://localhost/")).toEqual({ hosts: ["127.0.0.1", "::1"], port: 3773 });
    expect(placeOf("http://localhost:80/x")).toEqual({ hosts: ["127.0.0.1", "::1"], port: 80 });
    expect(placeOf("http://[::1]:5/")).toEqual({ hosts: ["::1"], port: 5 });
    expect(overlap(placeOf("http://0.0.0.0:5"), placeOf("http://10.0.0.1:5"))).toBe(true);
    expect(overlap(placeOf("http://127.0.0.2:5"), placeOf("http://localhost:5"))).toBe(false);
  });
});

describe("registrations", () => {
  it("S30 a new registration takes effect, and the tasks remain", () => {
    const world = createWorld();
    const a = world.agent("a", { url: "http://localhost:1" });
    world.send(a, "t");
    const { changedMs } = world.ok({ type: "getAgent", agentId: a }).agent;
    world.advance(1_000);
    world.agent("a", { url: "http://localhost:1" });
    expect(world.ok({ type: "getAgent", agentId: a }).agent.changedMs).toBe(changedMs);
    world.agent("a", { url: "http://localhost:1", version: "2" });
    expect(world.ok({ type: "getAgent", agentId: a }).agent.changedMs).toBe(changedMs + 1_000);
    expect(world.states(a)).toEqual({ t: "working" });
  });

  it("S33 a place is that of one agent (D4), until it is taken away", () => {
    const world = createWorld();
    world.agent("a", { url: "http://localhost:1" });
    expect(() => world.agent("b", { url: "http://127.0.0.1:1/b" })).toThrow(
      /http:\/\/127\.0\.0\.1:1\/b is already served by agent a/,
    );
    world.ok({ type: "unregister", agentId: "a" });
    expect(world.agent("b", { url: "http://127.0.0.1:1/b" })).toBe("b");
  });

  it("S34 an agent that was taken away is unknown to heartbeats, and its tasks wait for its return", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.ok({ type: "unregister", agentId: a });
    expect(world.ok({ type: "heartbeat", agentId: a }).known).toBe(false);
    expect(world.detailOf({ type: "unregister", agentId: a }, "agent_not_found")).toBe("Agent a not found");
    world.send(a, "queued");
    expect(world.states(a)).toEqual({ t: "working", queued: "submitted" });
    world.agent("a");
    expect(world.states(a)).toEqual({ t: "working", queued: "working" });
    expect(world.ok({ type: "heartbeat", agentId: a }).known).toBe(true);
  });
});

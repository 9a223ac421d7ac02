// Queues: what is taken, acknowledged, lost and given back, against a model, over restarts at any moment.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namesOf, payloadsOf, World } from "./world.ts";

const second = 1_000;

/** What an agent has to get, as simply as it can be said. */
interface Model {
  /** Numbers that are queued and not taken, oldest first. */
  waiting: number[];
  lost: number;
}

type Step =
  | { readonly do: "send"; readonly to: "b" | "c" }
  | { readonly do: "take" | "ack"; readonly who: "b" | "c"; readonly limit: number }
  | { readonly do: "restart" | "snapshot" | "log" };

const who = fc.constantFrom("b" as const, "c" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), to: who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("take" as const, "ack" as const),
      who,
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "snapshot" as const, "log" as const) }),
  },
);

describe("queues", () => {
  it("OA-51 OA-52 whatever is sent comes once, in order, or is told to be lost, over restarts too", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, queueLimit) => {
        const world = new World({ queueLimit, channels: [] });
        const model: Record<"b" | "c", Model> = { b: { waiting: [], lost: 0 }, c: { waiting: [], lost: 0 } };
        world.agent("a");
        for (const agent of ["b", "c"] as const) {
          world.agent(agent);
        }
        const acks: Record<"b" | "c", number> = { b: 0, c: 0 };
        for (const agent of ["b", "c"] as const) {
          acks[agent] = world.poll(agent).next;
        }
        let sent = 0;
        for (const one of steps) {
          switch (one.do) {
            case "send": {
              sent += 1;
              world.send("a", "agent.message", one.to, { n: sent });
              const { waiting } = model[one.to];
              waiting.push(sent);
              while (waiting.length > queueLimit) {
                waiting.shift();
                model[one.to].lost += 1;
              }
              break;
            }
            case "take":
            case "ack": {
              const own = model[one.who];
              const ack = one.do === "ack" ? acks[one.who] : null;
              const polled = world.poll(one.who, { limit: one.limit, ack });
              const expected = own.waiting.slice(0, one.limit);
              expect(payloadsOf(polled)).toEqual(expected.map((n) => ({ n })));
              expect(polled.dropped).toBe(own.lost);
              if (one.do === "ack") {
                // It comes again until it is acknowledged, and so does what was lost.
                world.poll(one.who, { limit: 0, ack: polled.next });
              }
              acks[one.who] = polled.next;
              own.waiting.splice(0, expected.length);
              own.lost = 0;
              break;
            }
            case "log":
              world.ok({ type: "logTaken" });
              break;
            case "snapshot":
              world.ok({ type: "logTaken" });
              world.takeSnapshot();
              break;
            case "restart":
              // A clean stop logs what was taken.
              world.ok({ type: "logTaken" });
              world.restart();
              break;
          }
        }
        world.ok({ type: "logTaken" });
        world.expectReplayEqual();
      }),
      { numRuns: 80 },
    );
  });

  it("OA-52 after a kill what was polled last may come again, and never less", () => {
    const world = new World({ channels: [] });
    world.agent("a");
    world.agent("b");
    world.poll("b");
    world.advance(second);
    for (const n of [1, 2, 3]) {
      world.send("a", "agent.message", "b", { n });
    }
    expect(payloadsOf(world.poll("b", { limit: 2 }))).toEqual([{ n: 1 }, { n: 2 }]);
    world.restart();
    expect(payloadsOf(world.poll("b", { limit: 2 }))).toEqual([{ n: 1 }, { n: 2 }]);
    world.advance(second);
    world.restart();
    expect(payloadsOf(world.poll("b"))).toEqual([{ n: 3 }]);
  });

  it("OA-66 a poll that waits is answered with all that one turn brings, ends with its time, or with the next one", () => {
    const world = new World({ channels: [] });
    world.agent("a");
    world.agent("b");
    world.poll("b");
    const first = world.waits<"poll">(world.polling("b", { waitMs: 20 * second }));
    world.send("a", "agent.message", "b", { n: 1 });
    expect(world.answers.get(first)).toMatchObject({ dropped: 0, ended: false, entries: [{}] });
    const second1 = world.waits<"poll">(world.polling("b", { waitMs: 20 * second }));
    const third = world.waits<"poll">(world.polling("b", { waitMs: 20 * second }));
    expect(world.answers.get(second1)).toMatchObject({ entries: [], ended: true });
    world.advance(20 * second);
    expect(world.answers.get(third)).toMatchObject({ entries: [], ended: false });
    const gone = world.waits<"poll">(world.polling("b", { waitMs: 20 * second }));
    world.cancel(gone);
    world.send("a", "agent.message", "b", { n: 2 });
    expect(payloadsOf(world.poll("b"))).toEqual([{ n: 2 }]);
  });

  it("OA-66 what a poll took whose caller has gone is there for the next one", () => {
    const world = new World({ channels: [] });
    world.agent("a");
    world.agent("b");
    world.poll("b");
    world.send("a", "agent.message", "b", { n: 1 });
    const ticket = world.history.filter(({ kind }) => kind === "call").length + 1;
    world.poll("b");
    world.cancel(ticket);
    expect(payloadsOf(world.poll("b"))).toEqual([{ n: 1 }]);
  });

  it("a queue is bounded in bytes too, but for its newest event", () => {
    const world = new World({ queueBytes: 3_000, channels: [] });
    world.agent("a");
    world.agent("b");
    world.poll("b");
    for (const n of [1, 2, 3, 4]) {
      world.send("a", "agent.message", "b", { n, text: "x".repeat(n === 4 ? 10_000 : 1_000) });
    }
    const polled = world.poll("b");
    expect(polled.dropped).toBe(3);
    expect(polled.entries).toHaveLength(1);
  });

  it("OA-54 who is silent for too long is gone with all it had, but not who waits for events", () => {
    const world = new World({ agentTimeoutMs: 60 * second, channels: ["general"] });
    world.agent("a");
    world.agent("b");
    world.poll("b");
    world.waits<"poll">(world.polling("b", { waitMs: 30 * second }));
    world.advance(30 * second);
    const again = world.waits<"poll">(world.polling("b", { waitMs: 90 * second }));
    world.advance(30 * second);
    expect([...world.state.agents.keys()]).toEqual(["b"]);
    expect(world.answers.get(again)).toMatchObject({ entries: [{}] });
    world.pause(600 * second);
    expect([...world.state.agents.keys()]).toEqual(["b"]);
    // A wait may last longer than silence may.
    world.waits<"poll">(world.polling("b", { waitMs: 90 * second }));
    world.advance(89 * second);
    expect([...world.state.agents.keys()]).toEqual(["b"]);
    world.advance(61 * second);
    expect([...world.state.agents.keys()]).toEqual([]);
  });

  it("OA-4 OA-19 a new registration keeps the queue, a kick does not", () => {
    const world = new World({
      channels: [],
      groups: [{ name: "admin", description: "", passwordHash: "pw", metadata: { permissions: ["all"] } }],
    });
    world.agent("boss", { passwordHash: "pw" });
    world.agent("b");
    world.poll("b");
    world.send("boss", "agent.message", "b", { n: 1 });
    world.agent("b");
    expect(namesOf(world.poll("b"))).toEqual(["agent.message", "discovery.notification.agent_connected"]);
    world.send("boss", "agent.message", "b", { n: 2 });
    expect(world.send("boss", "system.kick_agent", "system:system", { target_agent_id: "b" }).success).toBe(
      true,
    );
    world.advance(59 * second);
    expect(() => world.agent("b")).toThrow("Please wait 1 seconds");
    world.advance(second);
    world.agent("b");
    expect(namesOf(world.poll("b"))).toEqual(["discovery.notification.agent_connected"]);
  });
});

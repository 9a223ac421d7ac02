// Histories, workspaces and the bridge in virtual time: bounds, restarts at every prefix, sessions.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogQuery } from "../../src/local/rules/model/commands.ts";
import { homeOf } from "../../src/local/rules/model/state.ts";
import { pageOf } from "../../src/local/rules/workspaces/reading.ts";
import { namesOf, World } from "./world.ts";

const everything = {
  after: null,
  before: null,
  target: null,
  channel: null,
  typePrefix: null,
  conversation: null,
  search: null,
  member: null,
  descending: false,
  limit: 500,
};

type Step = readonly [
  kind: "post" | "reply" | "dm" | "onm" | "onmDm" | "custom" | "react",
  who: number,
  of: number,
];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom("post", "reply", "dm", "onm", "onmDm", "custom", "react"),
  fc.nat({ max: 1 }),
  fc.nat({ max: 9 }),
);

describe("histories", () => {
  it("OA-52 OA-65 any talk across the bridge is the same after a restart at any moment, within its bounds", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat({ max: 40 }), (steps, snapshotAt) => {
        const world = new World({ historyLimit: 5, channels: ["general"] });
        const agents = ["a", "b"].map((id) => world.agent(id));
        world.join("zed");
        const ids: string[] = [];
        for (const [index, [kind, place, of]] of steps.entries()) {
          const who = agents[place] ?? "a";
          const other = agents[1 - place] ?? "b";
          const target = ids[of] ?? "unknown";
          switch (kind) {
            case "post":
              ids.push(world.id());
              world.send(
                who,
                "thread.channel_message.post",
                null,
                { channel: "general", content: "x" },
                ids.at(-1),
              );
              break;
            case "reply":
              ids.push(world.id());
              world.send(
                who,
                "thread.reply.post",
                null,
                { channel: "general", reply_to_id: target },
                ids.at(-1),
              );
              break;
            case "dm":
              world.send(who, "thread.direct_message.send", other, { target_agent_id: other, content: "d" });
              break;
            case "onm":
              ids.push(
                world.ok(
                  world.posting("openagents:zed", "channel/general", { content: "o", reply_to_id: target }),
                ).message.id,
              );
              break;
            case "onmDm":
              world.ok(world.posting("openagents:zed", `openagents:${who}`, { content: "o" }));
              break;
            case "custom":
              world.send(who, "custom.done", "channel:general", { n: 1 });
              break;
            case "react":
              world.send(who, "thread.reaction.toggle", null, {
                target_message_id: target,
                reaction_type: "fire",
              });
              break;
          }
          if (index === snapshotAt) {
            world.takeSnapshot();
          }
        }
        world.expectReplayEqual();
        const home = homeOf(world.state);
        for (const lane of home.lanes.values()) {
          expect(lane.length).toBeLessThanOrEqual(5);
        }
        const { messages } = pageOf(home, everything);
        expect(messages.map(({ id }) => id).sort()).toEqual([...home.byId.keys()].sort());
        expect(messages.map(({ seq }) => seq)).toEqual(messages.map(({ seq }) => seq).sort((a, b) => a - b));
        const posts = messages.filter(({ lane }) => lane === "channel general").map(({ id }) => id);
        const posted = { ...everything, channel: "general", typePrefix: "workspace.message" };
        for (const [place, id] of posts.entries()) {
          const idsOf = (query: Partial<LogQuery>): string[] =>
            pageOf(home, { ...posted, ...query }).messages.map((message) => message.id);
          expect(idsOf({ after: id })).toEqual(posts.slice(place + 1));
          expect(idsOf({ before: id })).toEqual(posts.slice(0, place));
          expect(idsOf({ after: id, descending: true })).toEqual(posts.slice(place + 1).reverse());
          expect(idsOf({ before: id, descending: true })).toEqual(posts.slice(0, place).reverse());
        }
        for (const replies of home.threads.values()) {
          expect(replies.length).toBeGreaterThan(0);
          expect(replies.slice(0).every(({ id }) => home.byId.has(id))).toBe(true);
        }
        world.restart();
        world.expectReplayEqual();
      }),
      { numRuns: 40 },
    );
  });

  it("OA-60 the log is read by cursor in both directions; an unknown cursor begins anew", () => {
    const world = new World({ channels: ["general"] });
    const ids = Array.from(
      { length: 10 },
      (_, n) => world.ok(world.posting("human:ann", "channel/general", { content: `m${n}` })).message.id,
    );
    const home = homeOf(world.state);
    const read = (query: object) => pageOf(home, { ...everything, ...query });
    expect(read({ after: ids[6] }).messages.map(({ id }) => id)).toEqual(ids.slice(7));
    expect(read({ before: ids[3], descending: true, limit: 2 })).toMatchObject({
      hasMore: true,
      messages: [{ id: ids[2] }, { id: ids[1] }],
    });
    expect(read({ after: "zzz", limit: 1 }).messages.map(({ id }) => id)).toEqual([ids[0]]);
    expect(read({ search: "M4" }).messages.map(({ id }) => id)).toEqual([ids[4]]);
    expect(
      read({ channel: "general", typePrefix: "workspace.message", descending: true, limit: 1 }).messages,
    ).toMatchObject([{ id: ids[9] }]);
  });

  it("OA-61 direct messages are found by who talks, and not by membership", () => {
    const world = new World({ channels: ["general"] });
    world.join("zed");
    world.join("amy");
    world.ok(world.posting("openagents:zed", "openagents:amy", { content: "1" }));
    world.ok(world.posting("openagents:amy", "openagents:zed", { content: "2" }));
    world.ok(world.posting("openagents:zed", "channel/new", { content: "3" }));
    const home = homeOf(world.state);
    const texts = (query: object) =>
      pageOf(home, { ...everything, ...query }).messages.map(
        ({ onm }) => JSON.parse(onm?.payload ?? "{}").content,
      );
    expect(texts({ conversation: ["openagents:amy", "openagents:zed"] })).toEqual(["1", "2"]);
    expect(texts({ member: "zed" })).toEqual(["3"]);
    expect(texts({ member: "amy" })).toEqual([]);
  });

  it("OA-58 sessions survive a restart, and the one that was superseded stays so", () => {
    const world = new World();
    world.join("zed", "first");
    world.join("zed", "second");
    world.restart();
    world.refused(
      world.posting("openagents:zed", "channel/general", { content: "x" }, "first"),
      "session_revoked",
    );
    world.ok(world.posting("openagents:zed", "channel/general", { content: "x" }, "second"));
  });

  it("OA-34 ids that were used are remembered over a restart, for ten minutes", () => {
    const world = new World({ channels: ["general"] });
    world.agent("a");
    world.agent("b");
    const post = () => world.send("a", "thread.channel_message.post", null, { channel: "general" }, "same");
    const first = post();
    world.restart();
    expect(post()).toEqual(first);
    expect(namesOf(world.poll("b")).filter((name) => name.startsWith("thread."))).toHaveLength(1);
    world.stepWallClock(3_600_000);
    expect(post()).toEqual(first);
    world.advance(179_000);
    world.poll("a");
    world.poll("b");
    expect(homeOf(world.state).log.length).toBe(1);
  });
});

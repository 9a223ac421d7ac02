// The network without sockets, and the settings of all of it.
import { settingsDocProblems } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { createLocalNetwork, startLocalOpenAgents } from "../../src/local/index.ts";
import { settings } from "../../src/local/settings.ts";
import { request } from "./network.ts";

describe("a network in the process", () => {
  it("takes and gives events without a socket, and listens where that is wanted", async () => {
    await using network = await createLocalNetwork({ channels: ["general"] });
    const a = await network.register("a");
    const b = await network.register("b");
    await network.poll("b", b.secret);
    const waiting = network.poll("b", b.secret, { waitMs: 10_000 });
    const payload = { channel: "general", content: { text: "hi" } };
    expect(
      await network.send("a", a.secret, { event_name: "thread.channel_message.post", payload }),
    ).toMatchObject({
      success: true,
      data: { event_name: "thread.channel_message.post" },
    });
    expect(await waiting).toMatchObject([
      { event_name: "thread.channel_message.notification", destination_id: "b" },
    ]);
    expect(await network.send("a", a.secret, { event_name: "BadName" })).toMatchObject({ success: false });
    await expect(network.poll("a", "wrong")).rejects.toThrow("Authentication failed");
    await expect(network.register("system")).rejects.toThrow("Invalid agent_id");
    const { url } = await network.listen();
    expect((await request(`${url}/api/health`, "GET")).body.data.agent_count).toBe(2);
    expect(await network.unregister("b", b.secret)).toBe(true);
  });

  it("a long answer to a poll is written in pieces, and others are served meanwhile", async () => {
    await using network = await createLocalNetwork();
    const [a, b] = [await network.register("a"), await network.register("b")];
    const events = 8_000;
    for (let sent = 0; sent < events; sent += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          network.send("a", a.secret, {
            event_name: "agent.message",
            target_agent_id: "b",
            payload: { index: sent + index },
          }),
        ),
      );
    }
    let turns = 0;
    let isPolled = false;
    const turn = (): void => {
      turns += 1;
      if (!isPolled) {
        setImmediate(turn);
      }
    };
    setImmediate(turn);
    const polled = await network.poll("b", b.secret);
    isPolled = true;
    const messages = polled.filter(({ event_name }) => event_name === "agent.message");
    expect(messages.map(({ payload }) => (payload as { index: number }).index)).toEqual(
      Array.from({ length: events }, (_, index) => index),
    );
    expect(turns).toBeGreaterThanOrEqual(events / 1_000);
  });
});

describe("settings", () => {
  it("are documented with their bounds and defaults", () => {
    const source = new URL("../../src/local/settings.ts", import.meta.url);
    expect(settingsDocProblems(source, settings)).toEqual([]);
  });

  it("refuse what would let strangers in, and what nobody could use", async () => {
    await expect(startLocalOpenAgents({ addr: "0.0.0.0:0" })).rejects.toThrow("--allow-remote=true");
    await expect(startLocalOpenAgents({ grpcAddr: ":0" })).rejects.toThrow("--allow-remote=true");
    await expect(startLocalOpenAgents({ requirePassword: true })).rejects.toThrow("nobody could register");
    await expect(startLocalOpenAgents({ groups: [{ name: "guest", password: "x" }] })).rejects.toThrow(
      /groups must be/,
    );
    await expect(startLocalOpenAgents({ workspaceToken: "" })).rejects.toThrow(/workspaceToken must be/);
    await using short = await startLocalOpenAgents({ workspaceToken: "t", metricsAddr: "off" });
    expect(short.workspaceToken).toBe("t");
    await using server = await startLocalOpenAgents({
      addr: "0.0.0.0:0",
      allowRemote: true,
      metricsAddr: "off",
    });
    const { body } = await request(`http://127.0.0.1:${server.port}/api/health`, "GET");
    expect(body.data.transports[0].config.host).toBe("127.0.0.1");
  });
});

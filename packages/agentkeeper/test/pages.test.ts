// The pages of the operator's port: what they show of a daemon that holds nothing, little or much.
import { createMemoryJournal, JournalError } from "@x/core/service";
import { createFakeClock } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { KeeperRecord } from "../src/local/rules/model/records.ts";
import { type Keeper, startKeeper } from "./fixture.ts";

const get = async ({ server }: Keeper, path: string): Promise<string> => {
  const answer = await fetch(new URL(path, server.dashboardUrl));
  expect(answer.status).toBe(200);
  return answer.text();
};

/** The rows of a page's tables, as the text of their cells. */
function rowsOf(page: string): string[][] {
  return [...page.matchAll(/<tr role="row" tabindex[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = ""]) =>
      cell.replace(/<[^>]*>/g, "").replace(/\s+/g, " "),
    ),
  );
}

const names = (page: string): string[] => rowsOf(page).map(([name = ""]) => name);

/** The parts of a page that changed with the next update, and all of them with the first. */
async function* live({ server }: Keeper, path: string): AsyncGenerator<Readonly<Record<string, string>>> {
  const leave = new AbortController();
  const answer = await fetch(new URL(`/_/live${path}`, server.dashboardUrl), { signal: leave.signal });
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const [, data = "{}"] = /\ndata: (.*)/.exec(event) ?? [];
        yield JSON.parse(data).regions ?? {};
      }
    }
  } finally {
    leave.abort();
  }
}

describe("the pages of the operator's port", () => {
  it("AK-HTTP-dashboard say how to begin where there is nothing", async () => {
    await using keeper = await startKeeper();
    const { host, port } = keeper.server;
    for (const path of ["/", "/agents", "/leases", "/elections", "/tasks", "/policies", "/events"]) {
      const page = await get(keeper, path);
      expect(rowsOf(page)).toEqual([]);
      expect(page).toContain(`new AgentKeeperClient({ host: &quot;${host}&quot;, port: ${port} })`);
    }
    for (const path of ["/agents/nobody", "/tasks/none"]) {
      expect(await get(keeper, path)).toContain("is known (any more)");
    }
  });

  it("AK-HTTP-dashboard show agents by status, the dead with their cause", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ clock });
    const card = { description: "", version: "1.0.0" };
    await (await keeper.client.register({ ...card, name: "leaver" })).deregister();
    const passing = keeper.connect();
    await passing.register({ ...card, name: "silent", ttlSeconds: 10, tools: ["sql"] });
    await passing.close();
    await keeper.client.register({ ...card, name: "worker", ttlSeconds: 600, tools: ["browser"] });
    await clock.advance(11_000);
    expect(rowsOf(await get(keeper, "/agents")).map((row) => row.slice(0, 4))).toEqual([
      ["silent", "UNREACHABLE", "11 s", "11 s"],
      ["worker", "ALIVE", "11 s", "11 s"],
    ]);
    expect(names(await get(keeper, "/agents?status=unreachable"))).toEqual(["silent"]);
    expect(await get(keeper, "/")).toMatch(/Silent:<\/b> <a href="\/agents\/[^"]+">silent</);
    await clock.advance(10_000);
    expect(rowsOf(await get(keeper, "/agents?status=dead")).map((row) => row.slice(0, 2))).toEqual([
      ["silent", "DEAD heartbeat timeout, 1 s ago"],
      ["leaver", "DEAD deregistered, 21 s ago"],
    ]);
    expect(names(await get(keeper, "/agents?status=all&sort=-name"))).toEqual(["worker", "silent", "leaver"]);
    expect(names(await get(keeper, "/agents?q=BROWS"))).toEqual(["worker"]);
    expect(await get(keeper, "/agents?q=nobody")).toContain("No agent is like that.");
  });

  it("AK-HTTP-dashboard show one agent with what it holds and what was heard of it", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    const agent = await client.register({
      name: "scraper",
      description: "Fetches pages",
      version: "2.1",
      tools: ["browser"],
      metadata: { region: "eu" },
      ttlSeconds: 600,
    });
    await client.acquireLease("task:invoice-42", agent.agentId, { ttlSeconds: 120 });
    const other = await keeper.agent("other");
    await client.campaign("pipeline", other);
    await client.campaign("pipeline", agent.agentId);
    const page = await get(keeper, `/agents/${agent.agentId}`);
    for (const fact of ["Fetches pages", "2.1", "browser", "region=eu", "600 s"]) {
      expect(page).toContain(`<dd>${fact}</dd>`);
    }
    const [lease, group, ...events] = rowsOf(page);
    expect(lease?.[0]).toBe("task:invoice-42");
    expect(lease?.[3]).toMatch(/^(2 min 0 s|1 min 59 s)$/);
    expect(group).toEqual(["pipeline", "stands by, place 1", "1"]);
    expect(events.map((row) => row[1])).toEqual(["lease.acquired", "agent.registered"]);
  });

  it("AK-HTTP-dashboard show leases with holders and those in line, and groups with leaders", async () => {
    await using keeper = await startKeeper();
    const [one, two] = [await keeper.agent("one"), await keeper.agent("two")];
    const { client } = keeper;
    await client.acquireLease("a", one, { ttlSeconds: 600 });
    await client.acquireLease("b", two, { ttlSeconds: 60 });
    await client.campaign("led", one);
    await client.campaign("led", two);
    await client.campaign("left", one);
    await client.resign("left", one);
    const cells = rowsOf(await get(keeper, "/leases?sort=left")).map(([key, holder]) => [key, holder]);
    expect(cells).toEqual([
      ["b", "two"],
      ["a", "one"],
    ]);
    expect(names(await get(keeper, "/leases?q=ONE"))).toEqual(["a"]);
    const groups = rowsOf(await get(keeper, "/elections?sort=group"));
    expect(groups.map(([group, leader, term, , next]) => [group, leader, term, next])).toEqual([
      ["led", "one", "1", "two"],
      ["left", "nobody", expect.any(String), ""],
    ]);
    expect(names(await get(keeper, "/elections?leader=none"))).toEqual(["left"]);
    expect(await get(keeper, "/")).toMatch(/Without a leader:<\/b> left</);
  });

  it("AK-HTTP-dashboard show tasks with state, attempts and error, and one task's history without its data", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    const agentId = await keeper.agent("worker");
    const input = new TextEncoder().encode("a secret");
    const { id } = await client.createTask({ type: "fetch", input, maxRetries: 1 });
    await client.claimTask(agentId);
    await client.failTask(id, agentId, { reason: "503 of the page" });
    const state = async (): Promise<readonly (string | undefined)[]> => {
      const [row = []] = rowsOf(await get(keeper, "/tasks"));
      return [row[0]?.split(" ")[0], row[1], row[3], row[4], row[5]];
    };
    expect(await state()).toEqual(["fetch", "PENDING", "1 of 2", "", "503 of the page"]);
    await client.claimTask(agentId);
    expect(await state()).toEqual(["fetch", "CLAIMED", "2 of 2", "worker", "503 of the page"]);
    await client.failTask(id, agentId, { reason: "503 again" });
    expect(await state()).toEqual(["fetch", "DEAD", "2 of 2", expect.any(String), "503 again"]);
    expect(names(await get(keeper, "/tasks?status=completed"))).toEqual([]);
    expect(rowsOf(await get(keeper, "/tasks?status=dead&q=AGAIN"))).toHaveLength(1);
    const page = await get(keeper, `/tasks/${encodeURIComponent(id)}`);
    expect(page).toContain("<dd>8 bytes</dd>");
    expect(page).not.toContain("a secret");
    expect(rowsOf(page).map((row) => row[1])).toEqual(
      expect.arrayContaining([
        "task.dead",
        "task.claimed",
        "task.requeued",
        "task.created",
        "lease.acquired",
      ]),
    );
  });

  it("AK-HTTP-dashboard answer whether somebody may do something, by the daemon's own rules", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    await client.setPolicy({ id: "all", subject: "agent:*", action: "read", resource: "*", effect: "ALLOW" });
    await client.setPolicy({ id: "not", subject: "*", action: "*", resource: "db:pay", effect: "DENY" });
    const ask = async (subject: string, action: string, resource: string): Promise<string | undefined> => {
      const query = new URLSearchParams({ subject, action, resource });
      const [, words] =
        /<p class="verdict[^>]*>(.*?)<\/p>/.exec(await get(keeper, `/policies?${query}`)) ?? [];
      return words?.replace(/<[^>]*>/g, "");
    };
    expect(await ask("agent:a", "read", "db:users")).toBe("Yes: allowed by all.");
    expect(await ask("agent:a", "read", "db:pay")).toBe("No: denied by not.");
    expect(await ask("agent:a", "write", "db:users")).toBe("No: no policy says anything about it.");
    expect(await ask("agent:a", "", "")).toBe("A question has all three.");
    expect(await ask("\u00e9".repeat(600), "a", "b")).toContain("longer than 1024 bytes");
    expect(names(await get(keeper, "/policies?q=pay"))).toEqual(["not"]);
  });

  it("AK-HTTP-dashboard show events newest first, by topic and text, page by page", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent("worker");
    for (let index = 0; index < 60; index += 1) {
      await keeper.client.acquireLease(`key-${index}`, agentId);
    }
    const sequences = (page: string): number[] => rowsOf(page).map((row) => Number(row[3]));
    const newest = sequences(await get(keeper, "/events"));
    expect([newest[0], newest.at(-1), newest.length]).toEqual([61, 12, 50]);
    const older = sequences(await get(keeper, "/events?before=12"));
    expect([older[0], older.at(-1)]).toEqual([11, 1]);
    expect(rowsOf(await get(keeper, "/events?topic=agent")).map((row) => row[1])).toEqual([
      "agent.registered",
    ]);
    expect(sequences(await get(keeper, "/events?q=KEY-59"))).toEqual([61]);
  });

  it("AK-HTTP-dashboard go on by themselves: what happens appears on a page that is open", async () => {
    await using keeper = await startKeeper();
    const updates = live(keeper, "/agents?q=new");
    const first = await updates.next();
    expect(first.value.agents).toContain("No agent is like that.");
    await keeper.agent("other");
    await keeper.agent("newcomer");
    for await (const { agents, menu } of updates) {
      if (agents?.includes("newcomer")) {
        expect(names(agents)).toEqual(["newcomer"]);
        expect(menu).toContain("Agents <small>2</small>");
        break;
      }
    }
  });

  it("AK-HTTP-dashboard say when the store takes no writes", async () => {
    const memory = createMemoryJournal<KeeperRecord>();
    let full = false;
    await using keeper = await startKeeper({
      journal: {
        ...memory,
        append(epoch, entries) {
          if (full) {
            throw new JournalError("unavailable", "no space left on the device");
          }
          return memory.append(epoch, entries);
        },
      },
    });
    const agentId = await keeper.agent();
    expect(await get(keeper, "/leases")).toContain('<span class="state good">healthy</span>');
    full = true;
    await expect(keeper.client.acquireLease("key", agentId, { maxRetries: 0 })).rejects.toThrow();
    expect(await get(keeper, "/leases")).toContain(
      '<span class="state bad">the store takes no writes</span>',
    );
  });

  it("AK-HTTP-dashboard have fifty rows to a page, and cost a few milliseconds with 3,000 agents and leases", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    for (let index = 0; index < 3_000; index += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, more) => {
          const agentId = await keeper.agent(`agent-${index + more}`, ["browser"]);
          await client.acquireLease(`key-${index + more}`, agentId);
        }),
      );
    }
    expect(rowsOf(await get(keeper, "/agents"))).toHaveLength(50);
    expect(await get(keeper, "/agents")).toContain("1 to 50 of 3,000 agents");
    expect(names(await get(keeper, "/agents?page=60&sort=name")).at(-1)).toBe("agent-999");
    expect(await get(keeper, "/leases?q=key-29")).toContain("1 to 50 of 111 leases");
    for (const path of [
      "/",
      "/agents?sort=name",
      "/agents?q=9",
      "/leases?sort=holder",
      "/tasks",
      "/events?q=9",
    ]) {
      const repeats = 10;
      const before = process.cpuUsage();
      for (let index = 0; index < repeats; index += 1) {
        await get(keeper, path);
      }
      const { user, system } = process.cpuUsage(before);
      // Both ends of the request, in time of the processor, which a busy machine does not change much.
      expect((user + system) / 1_000 / repeats, path).toBeLessThan(50);
    }
  }, 60_000);
});

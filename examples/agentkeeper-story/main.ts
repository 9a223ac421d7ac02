// A story in one command: a real daemon, real processes, a race, two deaths, a refusal, a retry. Exits non-zero if
// anything in it did not happen.
import { strict as assert } from "node:assert";
import { AgentKeeperClient } from "@x/agentkeeper";
import { say, tell, title } from "../story.ts";
import { type AgentProcess, endAllAgents, startAgent } from "./process.ts";

const milliseconds = (since: number): string => `${Math.round(performance.now() - since)} ms`;

async function story(client: AgentKeeperClient): Promise<void> {
  const { daemon, dashboardUrl } = client;
  assert(daemon !== undefined && dashboardUrl !== undefined);
  say(`AgentKeeper runs on 127.0.0.1:${daemon.port} (process ${daemon.pid}), dashboard ${dashboardUrl}`);

  const topics: string[] = [];
  const events = client.watch([], (event) => {
    topics.push(event.topic);
  });
  await events.ready;

  title("Agents register, each in a process of its own");
  const workers = await Promise.all([
    startAgent(daemon.port, "scraper-1", "Fetches and parses web pages", ["browser", "http_client"]),
    startAgent(daemon.port, "scraper-2", "Fetches web pages through a browser", ["browser"]),
    startAgent(daemon.port, "analyst-1", "Reads data and produces summaries", ["sql_runner", "pdf_reader"]),
  ]);
  const worker = (name: string): AgentProcess => {
    const found = workers.find((candidate) => candidate.name === name);
    assert(found !== undefined, `${name} is running`);
    return found;
  };
  say(`registered: ${workers.map(({ name }) => name).join(", ")}`);
  const found = await client.find({ query: "fetch and parse web pages", tools: ["browser"] });
  assert.deepEqual(
    found.map((agent) => agent.card.name),
    ["scraper-1", "scraper-2"],
  );
  say(
    `find "fetch and parse web pages" with the tool browser: ${found.map((agent) => agent.card.name).join(", ")}`,
  );

  title("A race for one task");
  for (const { order } of workers) {
    order({ order: "race", key: "task:invoice-42" });
  }
  const results = await Promise.all(workers.map((each) => each.next("raced")));
  const winners = workers.filter((_, index) => results[index]?.won);
  assert.equal(winners.length, 1, "exactly one agent wins");
  say(
    `${winners[0]?.name} holds task:invoice-42 under token ${results.find(({ won }) => won)?.token}; the others were told no`,
  );

  title("A worker is killed, and its task moves on");
  const page = await client.createTask({
    type: "fetch-page",
    input: "https://example.com",
    requiredTools: ["browser"],
  });
  const [victim, heir] = [worker("scraper-1"), worker("scraper-2")];
  victim.order({ order: "claim" });
  assert.equal((await victim.next("claimed")).taskId, page.id);
  heir.order({ order: "claim" });
  say(`${victim.name} has claimed the page; ${heir.name} waits for work`);
  const killedAt = performance.now();
  await victim.kill();
  say(`${victim.name} was killed with SIGKILL, without a goodbye`);
  assert.equal((await heir.next("claimed")).taskId, page.id);
  assert((await client.getAgent(victim.agentId)).status === "DEAD");
  say(
    `its death was noticed, and ${heir.name} has the page, ${milliseconds(killedAt)} after the kill (time to live 2 s)`,
  );
  heir.order({ order: "complete", taskId: page.id, output: "<html>" });
  await heir.next("done");
  assert.equal((await client.getTask(page.id)).status, "COMPLETED");
  say(`${heir.name} has completed it`);

  title("A leader is killed, and a standby takes over");
  const group = "orchestrator:pipeline-A";
  const leader = await startAgent(daemon.port, "orchestrator", "Pipeline orchestrator");
  leader.order({ order: "campaign", group });
  say(`orchestrator (1) leads, term ${(await leader.next("leading")).term}`);
  const standby = await startAgent(daemon.port, "orchestrator", "Pipeline orchestrator");
  standby.order({ order: "campaign", group });
  assert.equal((await standby.next("standing by")).leader, leader.agentId);
  say("orchestrator (2) stands by");
  const leaderKilledAt = performance.now();
  await leader.kill();
  const { term } = await standby.next("leading");
  assert.equal(term, "2");
  say(
    `orchestrator (1) was killed; orchestrator (2) leads, term ${term}, ${milliseconds(leaderKilledAt)} after the kill`,
  );

  title("Who may do what");
  await client.setPolicy({
    id: "allow-scrapers",
    subject: "agent:scraper-*",
    action: "call",
    resource: "tool:*",
    effect: "ALLOW",
  });
  await client.setPolicy({
    id: "deny-scraper-write",
    subject: "agent:scraper-*",
    action: "call",
    resource: "tool:write_file",
    effect: "DENY",
  });
  const read = await client.checkPolicy({
    subject: "agent:scraper-2",
    action: "call",
    resource: "tool:browser",
  });
  const write = await client.checkPolicy({
    subject: "agent:scraper-2",
    action: "call",
    resource: "tool:write_file",
  });
  assert.deepEqual([read.allowed, write.allowed], [true, false]);
  assert.equal(write.reason, 'denied by policy "deny-scraper-write"');
  say(`scraper-2 may use tool:browser: ${read.reason}`);
  say(`scraper-2 may not use tool:write_file: ${write.reason}`);

  title("A task fails, and is tried again");
  const analyst = worker("analyst-1");
  const report = await client.createTask({ type: "summary", requiredTools: ["pdf_reader"], maxRetries: 1 });
  for (const attempt of [0, 1]) {
    analyst.order({ order: "claim" });
    const claimed = await analyst.next("claimed");
    assert.deepEqual([claimed.taskId, claimed.retryCount], [report.id, attempt]);
    analyst.order(
      attempt === 0
        ? { order: "fail", taskId: report.id, reason: "the PDF was truncated" }
        : { order: "complete", taskId: report.id, output: "all is well" },
    );
    await analyst.next("done");
    const { status, failureReason } = await client.getTask(report.id);
    assert.equal(status, attempt === 0 ? "PENDING" : "COMPLETED");
    say(
      attempt === 0
        ? `the first attempt failed (${failureReason}); the task is ${status} again`
        : `the second one: ${status}`,
    );
  }

  title("What the operator sees");
  const alive = await numberOnDashboard(dashboardUrl, "agents-alive");
  const leases = await numberOnDashboard(dashboardUrl, "leases-active");
  assert.equal(alive, (await client.find({ limit: 100 })).length);
  say(`the dashboard counts ${alive} agents alive and ${leases} leases active`);
  for (const topic of [
    "agent.registered",
    "agent.unreachable",
    "agent.died",
    "leader.changed",
    "task.requeued",
    "task.completed",
  ]) {
    assert(topics.includes(topic), `the event ${topic} was seen`);
  }
  say(`${topics.length} events were delivered to this process, ${victim.name}'s death among them`);
}

async function numberOnDashboard(url: string, id: string): Promise<number> {
  const html = await (await fetch(url)).text();
  const text = new RegExp(`id="${id}">(\\d+)<`).exec(html)?.[1];
  assert(text !== undefined, `the dashboard shows ${id}`);
  return Number(text);
}

await tell("AgentKeeper: agents that do not step on each other", async ({ runs }) => {
  try {
    await using client = await AgentKeeperClient.embedded();
    assert(client.daemon !== undefined);
    runs(client.daemon);
    await story(client);
  } finally {
    await endAllAgents();
  }
});

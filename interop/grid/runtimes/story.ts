// What an agent does from its first call to its last, in whatever runtime this runs: each deed, and whether it came out as it must.
import { GridA2AError, GridClient, GridError, GridNetworkError, type RetryOptions, taskText } from "@x/grid";

/** Deeds by what they are called. */
export type Told = Readonly<Record<string, boolean>>;

/** A new key; no file is touched. */
function join(url: string, retry?: RetryOptions): GridClient {
  return new GridClient({ url, retry, identity: crypto.getRandomValues(new Uint8Array(32)) });
}

export async function tell(url: string): Promise<Told> {
  const [boss, worker] = [join(url), join(url)];
  const told: Record<string, boolean> = {};
  try {
    await using elsewhere = new GridClient({ identity: "07".repeat(32) });
    told["knows where the service is, whatever it may read"] = /^https?:/.test(elsewhere.url);
    const { nodeId } = await worker.register({
      name: "Numismatist 😀",
      description: "Appraises coinage",
      skills: [{ id: "appraise", name: "Appraisal" }],
      autonomous: true,
    });
    const skills = [{ id: "ask", name: "Asking" }];
    const own = await boss.register({ name: "Boss", description: "Asks", skills, autonomous: true });
    told["registers, and is who its key says"] = own.nodeId === (await boss.keypairInfo()).nodeId;
    told["finds the other"] = (await boss.search("coinage appraisal")).some((each) => each.nodeId === nodeId);

    const events = worker.events();
    const next = events.next();
    const task = await boss.sendTask(nodeId, "What is this coin worth? 😀\ue000");
    const { value: event } = await next;
    told["gets an event"] = event?.event === "task_notify" && event.data.taskId === task.id;
    await events.return();

    const [asked] = await worker.readTask(task.id);
    told["reads what was sent"] =
      asked !== undefined && taskText(asked) === "What is this coin worth? 😀\ue000";
    await worker.ackMessages(task.id);
    const numbers = [1e-7, 12.5, 2 ** 53, 1e21, -1.5e-300];
    await worker.sendMessage(task.id, { parts: [{ type: "data", data: { numbers } }] });
    told["waits for an answer"] = (await boss.waitForTask(task.id)).state === "input_required";
    const [given] = await boss.readTask(task.id);
    const [part] = given?.parts ?? [];
    told["gets numbers as they were sent"] = JSON.stringify(part).includes(JSON.stringify({ numbers }));
    told["completes a task"] = (await boss.completeTask(task.id)).state === "completed";

    const { id } = await boss.createSchedule({ messageText: "ask again", schedule: "every weekday at 9am" });
    const [schedule] = await boss.listSchedules();
    told["shows a schedule"] = schedule?.id === id && String(schedule.cronExprs) === "0 9 * * 1-5";

    const refused = await thrownBy(boss.sendMessage(task.id, "one more thing"));
    told["is refused by an error of ours"] =
      refused instanceof GridA2AError && refused.code === -32_004 && refused.reason === "task_terminal";
    const stop = new AbortController();
    const listening = thrownBy(worker.waitForTask((await boss.sendTask(nodeId, "sleep")).id, stop));
    const reason = new Error("enough");
    stop.abort(reason);
    told["stops waiting when it is told to"] = (await listening) === reason;
    return told;
  } finally {
    await Promise.all([boss.close(), worker.close()]);
  }
}

/** Without an identity of its own a client looks for a file, which a page has not. */
export async function lacksFiles(url: string): Promise<boolean> {
  const client = new GridClient({ url, agentName: "nobody" });
  const thrown = await thrownBy(client.keypairInfo());
  await client.close();
  return thrown instanceof GridError && thrown.reason === "no_file_system";
}

/** The server is not for pages of another origin. */
export async function isKeptOut(url: string): Promise<boolean> {
  const client = join(url, { tries: 1 });
  const thrown = await thrownBy(client.register({ name: "n", description: "d", skills: [] }));
  await client.close();
  return thrown instanceof GridNetworkError;
}

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

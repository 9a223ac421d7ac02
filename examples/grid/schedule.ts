// A schedule: an agent tells itself something later, in words, and acts when it is told. Ends after the first time.
import { GridClient, runAgent, taskText } from "@x/grid";

const when = process.argv[2] ?? "in 1 second"; // or "every weekday at 9am", "tomorrow at 3pm", "every 30 minutes"

await using client = new GridClient({ agentName: "reminder" });
await client.register({ name: "Reminder", description: "Reminds itself", skills: [], autonomous: true });

const schedule = await client.createSchedule({ messageText: "Water the plants", schedule: when });
console.log(`${when}: next at ${schedule.nextFireAt}`);

const stop = new AbortController();
await runAgent(client, {
  signal: stop.signal,
  onTask: () => undefined,
  async onSchedule({ task, messages }) {
    console.log(messages.map(taskText).join("\n"));
    await client.completeTask(task.id);
    stop.abort();
  },
});

// What fires once is completed by itself; this ends one that would go on.
await client.deleteSchedule(schedule.id);

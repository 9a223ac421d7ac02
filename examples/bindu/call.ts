// Calls any agent that speaks A2A, whoever made it: sends a text, answers what it asks back, prints the answer as it grows.
// `call.ts URL TEXT ANSWER...`; begin with one of the agents beside it.
import { A2AClient, answerText } from "@x/bindu-bridge/a2a";

const [url = "http://localhost:3773", text = "world", ...answers] = process.argv.slice(2);

await using agent = new A2AClient(url);
const { name, interfaces } = await agent.card();
console.log(`${name} speaks A2A ${interfaces[0]?.dialect}`);

let taskId: string | undefined;
for (const said of [text, ...answers]) {
  console.log(`> ${said}`);
  for await (const event of agent.stream(said, { taskId })) {
    taskId = event.task?.id ?? event.statusUpdate?.taskId ?? taskId;
    for (const part of event.artifactUpdate?.artifact.parts ?? []) {
      process.stdout.write(part.text ?? "");
    }
  }
  process.stdout.write("\n");
  const task = taskId === undefined ? undefined : await agent.get(taskId);
  if (task?.status.state === "TASK_STATE_INPUT_REQUIRED") {
    console.log(`${name} asks: ${answerText({ task })}`);
  }
}
if (taskId !== undefined) {
  const { isVerified } = await agent.verify(await agent.get(taskId));
  console.log(isVerified ? "signed with the agent's key" : "not signed");
}

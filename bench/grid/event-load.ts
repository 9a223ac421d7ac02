// One agent sends, the other hears: `event-load.ts URL SEED SEED MESSAGES` prints the times from the start of a send to its event.

import { GridClient } from "@x/grid";

const [url = "", from = "", to = "", messages = "0"] = process.argv.slice(2);
const warmUp = 300;
const turnsPerTask = 100;

await using sender = new GridClient({ url, identity: from });
await using receiver = new GridClient({ url, identity: to });
const { nodeId } = await receiver.keypairInfo();
const opened = Promise.withResolvers<void>();
const events = receiver.events({
  catchUp: false,
  onState: ({ state }) => {
    if (state === "open") {
      opened.resolve();
    }
  },
});
let coming = events.next();
await opened.promise;
const timesMs: number[] = [];
let taskId = "";
for (let index = -warmUp; index < Number(messages); index += 1) {
  const messageId = crypto.randomUUID();
  // A short conversation each time, so that no answer carries a long one.
  const startedAt = performance.now();
  const sent =
    index % turnsPerTask === 0 || taskId === ""
      ? sender.sendTask(nodeId, "hello", { messageId, checkIn: null })
      : sender.sendMessage(taskId, "hello", { messageId });
  for (;;) {
    const { value } = await coming;
    if (value === undefined) {
      throw new Error("the stream has ended");
    }
    coming = events.next();
    if (value.event === "task_notify" && value.data.messageId === messageId) {
      break;
    }
  }
  if (index >= 0) {
    timesMs.push(performance.now() - startedAt);
  }
  taskId = (await sent).id;
}
await events.return();
console.log(JSON.stringify(timesMs));

// An agent whose capabilities are off, and which requires an extension.
import assert from "node:assert/strict";
import type { Steps } from "../../shared/steps.ts";
import type { Binding } from "./bindings.ts";
import { type Caller, createCaller } from "./caller.ts";
import { readCard } from "./cards.ts";

export const requiredExtension = "urn:a2a:tck:required-extension";

/** The same calls, naming the extension. */
function naming(binding: Binding): Binding {
  return {
    ...binding,
    call: (method, params, headers) =>
      binding.call(method, params, { "a2a-extensions": requiredExtension, ...headers }),
  };
}

export function capabilitiesOff(url: string, { binding, said, refused }: Caller): Steps {
  const able = createCaller(naming(binding));
  const config = { taskId: "tck-nobody", id: "p", url: "https://example.com/hook" };
  return {
    "A39 CARD-STRUCT-001 the card says so": async () => {
      const { capabilities } = await readCard(url);
      assert.deepEqual(
        [capabilities.streaming ?? false, capabilities.pushNotifications ?? false],
        [false, false],
      );
      const extension = capabilities.extensions?.find(({ uri }) => uri === requiredExtension);
      assert.equal(extension?.required, true);
    },
    "A39 CORE-CAP-001 no streams": async () => {
      await able.refused("UNSUPPORTED_OPERATION", "SendStreamingMessage", said("stream-001"));
      await able.refused("UNSUPPORTED_OPERATION", "SubscribeToTask", { id: "tck-nobody" });
    },
    "A39 CORE-CAP-002 no webhooks": async () => {
      for (const method of ["Create", "Get", "List", "Delete"]) {
        const name = `${method}TaskPushNotificationConfig${method === "List" ? "s" : ""}`;
        await able.refused("PUSH_NOTIFICATION_NOT_SUPPORTED", name, config);
      }
      const taskPushNotificationConfig = { url: config.url };
      const sent = said("complete-task", {}, { taskPushNotificationConfig });
      await able.refused("PUSH_NOTIFICATION_NOT_SUPPORTED", "SendMessage", sent);
    },
    "A39 CORE-CAP-003 no card but the public one": async () => {
      await refused("UNSUPPORTED_OPERATION", "GetExtendedAgentCard");
    },
    "A39 CORE-CAP-004 who does not name the extension is told to": async () => {
      await refused("EXTENSION_SUPPORT_REQUIRED", "SendMessage", said("complete-task"));
    },
    "A39 CORE-CAP-004 who names it is answered, and told that it counts": async () => {
      const { refusal, headers } = await able.binding.call("SendMessage", said("complete-task"));
      assert.equal(refusal, undefined);
      assert.match(headers.get("a2a-extensions") ?? "", /urn:a2a:tck:required-extension/);
    },
    "A39 CORE-SEND-001 all else goes on": async () => {
      const task = await able.send("complete-task");
      assert.equal(task.status.state, "TASK_STATE_COMPLETED");
      assert.deepEqual(await able.get(task.id), task);
    },
  };
}

// The agent that the compatibility kit of A2A expects: what it does, the beginning of its message's id says.
import { bindufy, inputRequired, type RunningAgent } from "@x/bindu-bridge";
import { a2aResult, type Part } from "@x/bindu-bridge/a2a";

type Does = () => unknown;

const file = { filename: "output.txt", mediaType: "text/plain" };
const artifact = (part: Part): Does => {
  return () => a2aResult({ artifacts: [{ parts: [part] }] });
};
const raw = artifact({ raw: Buffer.from("file content").toString("base64"), ...file });

/** By what stands behind `tck-`. */
const does: Readonly<Record<string, Does>> = {
  "artifact-text": () => "Generated text content",
  "artifact-file": raw,
  "artifact-file-url": artifact({ url: "https://example.com/output.txt", ...file }),
  "artifact-data": artifact({ data: { key: "value", count: 42 } }),
  "message-response": () => a2aResult({ message: { parts: [{ text: "Direct message response" }] } }),
  "input-required": () => inputRequired("What else?"),
  "reject-task": () =>
    a2aResult({ state: "TASK_STATE_REJECTED", message: { parts: [{ text: "Rejected" }] } }),
  "stream-001": () => "Stream hello from TCK",
  "stream-002": () => "",
  "stream-003": () => "Stream task lifecycle",
  "stream-ordering-001": () => "Ordered output",
  "stream-artifact-text": () => "Streamed text content",
  "stream-artifact-file": raw,
  "stream-artifact-chunked": function* () {
    yield "chunk-1 ";
    yield "chunk-2";
  },
};

/** Longer beginnings first. */
const prefixes = Object.keys(does).sort((one, other) => other.length - one.length);

/** What an agent may be registered with, beside its name. */
export interface Registration {
  readonly capabilities: { readonly streaming: boolean; readonly push_notifications: boolean };
  readonly extra_metadata?: Readonly<Record<string, unknown>>;
}

export function startAgent(name: string, registration: Registration): Promise<RunningAgent> {
  return bindufy(
    { author: "kit@example.com", name, deployment: { url: "http://127.0.0.1:0" }, ...registration },
    async function* (_, { messageId = "" }) {
      const prefix = prefixes.find((each) => messageId.startsWith(`tck-${each}`));
      const result = prefix === undefined ? "Hello from TCK" : does[prefix]?.();
      if (typeof result === "object" && result !== null && Symbol.iterator in result) {
        yield* result as Iterable<string>;
        return;
      }
      return result as string;
    },
    { core: "embedded", coreAddress: "127.0.0.1:0", callbackPort: 0, streaming: true },
  );
}

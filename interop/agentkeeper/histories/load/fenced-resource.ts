// The guarded resource as a load process reaches it: the store itself lives in the driver.
import type { Write } from "../fenced-store.ts";
import type { Recorder } from "./recorder.ts";

export interface FencedResource {
  /** Writes under a fencing token; false when the resource has seen a greater one for the key. */
  write(agentId: string, key: string, token: bigint): Promise<boolean>;
}

export function connectResource(recorder: Recorder, ask: (write: Write) => Promise<boolean>): FencedResource {
  return {
    write(agentId, key, token): Promise<boolean> {
      const write = { key, token: String(token) };
      return recorder.call(
        "fencedWrite",
        { agent: agentId, ...write },
        () => ask(write),
        (accepted) => ({ accepted }),
      );
    },
  };
}

// The guarded resource as a load process reaches it: the store itself lives in the driver.
import type { Recorder } from "./recorder.ts";

export interface FencedResource {
  /** Writes under a fencing token; false when the resource has seen a greater one for the key. */
  write(agentId: string, key: string, token: bigint): Promise<boolean>;
}

export interface WriteRequest {
  readonly type: "write";
  readonly id: number;
  readonly key: string;
  readonly token: string;
}

export interface WriteAnswer {
  readonly type: "written";
  readonly id: number;
  readonly accepted: boolean;
}

/** @param send carries a request to the store; its answer comes back through `answered`. */
export function connectResource(
  recorder: Recorder,
  send: (request: WriteRequest) => void,
): FencedResource & { answered(answer: WriteAnswer): void } {
  const waiting = new Map<number, (accepted: boolean) => void>();
  let requests = 0;
  return {
    write(agentId: string, key: string, token: bigint): Promise<boolean> {
      requests += 1;
      const id = requests;
      return recorder.call(
        "fencedWrite",
        { agent: agentId, key, token: String(token) },
        () =>
          new Promise<boolean>((resolve) => {
            waiting.set(id, resolve);
            send({ type: "write", id, key, token: String(token) });
          }),
        (accepted) => ({ accepted }),
      );
    },
    answered({ id, accepted }: WriteAnswer): void {
      waiting.get(id)?.(accepted);
      waiting.delete(id);
    },
  };
}

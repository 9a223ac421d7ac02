// Our own core inside this process: the one place that loads the server, and only when it is wanted.

import { messageOf } from "@x/core/base";
import { CoreUnavailableError } from "../errors.ts";

/** A core in this process. */
export interface EmbeddedCore {
  /** `host:port` of its gRPC. */
  readonly address: string;
  close(): Promise<void>;
}

/** @throws CoreUnavailableError, such as where something else listens on the port */
export async function startEmbeddedCore(address: string, dataDir: string | undefined): Promise<EmbeddedCore> {
  try {
    const { startCore } = await import("../local/index.ts");
    const core = await startCore({ addr: address, ...(dataDir === undefined ? {} : { dataDir }) });
    return { address: core.addr, close: () => core.close() };
  } catch (error) {
    throw new CoreUnavailableError(
      `No core of Bindu answers at ${address}, and none can be started there: ${messageOf(error)}`,
      { address, cause: error },
    );
  }
}

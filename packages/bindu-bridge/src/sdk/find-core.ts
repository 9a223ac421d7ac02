// Which core an agent belongs to: one that is there, one inside this process, or one that is started for it.

import { sleep } from "@x/core/base";
import { CoreUnavailableError } from "../errors.ts";
import { isLoopbackHost, parseAddress } from "../wire/address.ts";
import { type CoreEvents, type CoreLink, linkCore } from "./core-link.ts";
import { startEmbeddedCore } from "./embedded-core.ts";
import type { AgentSettings } from "./options.ts";

/** A core that answers. */
export interface FoundCore {
  readonly link: CoreLink;
  /** Ends the channel, and the core where it was started here. */
  close(): Promise<void>;
}

/** @throws CoreUnavailableError; the reason of the signal */
export async function findCore(
  settings: AgentSettings,
  events: CoreEvents,
  signal: AbortSignal,
): Promise<FoundCore> {
  const { core, coreAddress, coreTimeoutMs, dataDir } = settings;
  if (core === "embedded") {
    return await embedded(coreAddress, dataDir);
  }
  const link = linkCore(coreAddress);
  try {
    if (typeof core === "object") {
      if (await link.probe(signal)) {
        throw new CoreUnavailableError(
          `A core answers at ${coreAddress} already, and two on one port would share its connections. Use core "attach", or another port.`,
          { address: coreAddress, retryable: false },
        );
      }
      // What spawns loads more of Node than most agents need.
      const { startCoreProcess } = await import("./core-process.ts");
      const process = await startCoreProcess({ ...core, link, withinMs: coreTimeoutMs, signal, ...events });
      return {
        link,
        async close() {
          await link.close();
          await process.stop();
        },
      };
    }
    if (await link.probe(signal)) {
      return { link, close: () => link.close() };
    }
    if (core === "attach") {
      await waitForCore(link, coreTimeoutMs, signal);
      return { link, close: () => link.close() };
    }
    signal.throwIfAborted();
    if (!isLoopbackHost(parseAddress(coreAddress)?.host ?? "")) {
      throw unavailable(link, "and none is started on another machine. Start one there");
    }
  } catch (error) {
    await link.close();
    throw error;
  }
  await link.close();
  return await embedded(coreAddress, dataDir);
}

async function embedded(address: string, dataDir: string | undefined): Promise<FoundCore> {
  const core = await startEmbeddedCore(address, dataDir);
  const link = linkCore(core.address);
  return {
    link,
    async close() {
      await link.close();
      await core.close();
    },
  };
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Asks again and again until a core answers. @throws CoreUnavailableError */
async function waitForCore(link: CoreLink, withinMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + withinMs;
  for (
    let pauseMs = firstPauseMs;
    !(await link.probe(signal));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  ) {
    signal.throwIfAborted();
    if (performance.now() >= until) {
      throw unavailable(link, `within ${withinMs} ms. Start one, or use core "embedded"`);
    }
    await sleep(pauseMs, { signal });
  }
}

function unavailable(link: CoreLink, what: string): CoreUnavailableError {
  return new CoreUnavailableError(`No core of Bindu answers at ${link.address} ${what}.`, {
    address: link.address,
  });
}

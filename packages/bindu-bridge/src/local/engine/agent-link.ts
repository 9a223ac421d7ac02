// One agent process: calls to it, how many run, and whether it answers at all.
import { ConnectError } from "@connectrpc/connect";
import { BinduError } from "../../errors.ts";
import {
  type AgentConnection,
  type AgentConnectionOptions,
  connectAgent,
} from "../../wire/agent-connection.ts";

export interface AgentLink {
  readonly address: string;
  /** Calls that run. */
  readonly busy: number;
  /** Whether the latest call or look found nobody there. */
  isDead: boolean;
  /** Carries a call out. @throws ConnectError for whatever status ends it */
  call<Result>(act: (agent: AgentConnection) => Promise<Result>): Promise<Result>;
  /** Whether it says that it is well, within 5 s. */
  isHealthy(): Promise<boolean>;
  /** Whether it can stream, as it has said once, within 5 s; `false` for one that does not answer. */
  canStream(): Promise<boolean>;
  /** It has no such method after all. */
  cannotStream(): void;
  /** Ends the connection once nothing runs on it. */
  retire(): void;
  close(): Promise<void>;
}

/** How long health and capabilities are waited for. */
const lookMs = 5_000;

export function createAgentLink(address: string, options: AgentConnectionOptions): AgentLink {
  const agent = connectAgent(address, options);
  let busy = 0;
  let retired = false;
  let streams: Promise<boolean> | undefined;

  const closeIfOver = (): void => {
    if (retired && busy === 0) {
      void agent.close();
    }
  };

  const askCapabilities = async (): Promise<boolean> => {
    try {
      return (await agent.capabilities({ timeoutMs: lookMs })).supportsStreaming;
    } catch {
      streams = undefined;
      return false;
    }
  };

  return {
    address,
    isDead: false,
    get busy() {
      return busy;
    },

    async call(act) {
      busy += 1;
      try {
        return await act(agent);
      } catch (error) {
        throw ConnectError.from(error instanceof BinduError ? error.cause : error);
      } finally {
        busy -= 1;
        closeIfOver();
      }
    },

    async isHealthy(): Promise<boolean> {
      try {
        return (await agent.health({ timeoutMs: lookMs })).healthy;
      } catch {
        return false;
      } finally {
        closeIfOver();
      }
    },

    canStream(): Promise<boolean> {
      streams ??= askCapabilities();
      return streams;
    },
    cannotStream(): void {
      streams = Promise.resolve(false);
    },

    retire(): void {
      retired = true;
      closeIfOver();
    },
    close: () => agent.close(),
  };
}

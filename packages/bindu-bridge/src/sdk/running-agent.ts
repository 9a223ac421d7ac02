// One agent from its start to its end: what is begun in order is undone in the opposite one.

import { callSafely, linkSignals, messageOf, must, type OptionRules, sleep } from "@x/core/base";
import { check } from "../client/check-options.ts";
import { RegistrationError } from "../errors.ts";
import type { Skill } from "../types.ts";
import { type AgentEventName, type AgentEvents, createEvents, type Registered } from "./agent-events.ts";
import { type AgentCalls, serveHandler } from "./agent-server.ts";
import { listenForCalls } from "./callback-server.ts";
import type { CheckedConfig } from "./config.ts";
import type { Registration } from "./core-link.ts";
import { type FoundCore, findCore } from "./find-core.ts";
import type { Handler } from "./handler.ts";
import type { AgentName } from "./handler-context.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { onInterrupt } from "./interrupts.ts";
import type { AgentSettings, Logger } from "./options.ts";
import { register, verifyReady } from "./registration.ts";

/** How an agent ends. */
export interface CloseOptions {
  /** How long running handlers may take, in milliseconds; 0 or more. @default the option `graceMs`, 5_000 */
  readonly graceMs?: number | undefined;
}

/** An agent that a core knows. */
export interface RunningAgent extends AsyncDisposable {
  /** The names that the core gave, the newest ones. */
  readonly agentId: string;
  readonly did: string;
  /** Where callers find the agent over HTTP. */
  readonly agentUrl: string;
  /** Where the core finds it over gRPC. */
  readonly callbackAddress: string;
  /** `host:port` of the core's gRPC. */
  readonly coreAddress: string;
  /**
   * Takes the agent off its core, lets running handlers finish until the grace is over, then aborts their signals, and ends the core if it
   * was started here. Idempotent.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Resolves when the agent is closed. */
  readonly closed: Promise<void>;
  /** Hears of an event until the function that it answers is called. */
  on<Name extends AgentEventName>(event: Name, listener: (told: AgentEvents[Name]) => unknown): () => void;
}

/** What is started. */
export interface AgentPlan {
  readonly checked: CheckedConfig;
  readonly settings: AgentSettings;
  readonly handler: Handler;
  readonly streaming: boolean;
  readonly skills: readonly Skill[];
  readonly logger: Logger | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws CoreUnavailableError, ConfigError, RegistrationError; the reason of the signal. Nothing is left behind then */
export async function startAgent(plan: AgentPlan): Promise<RunningAgent> {
  const { checked, settings, logger } = plan;
  /** A logger that fails is nobody's trouble but its own. */
  const say = (level: keyof Logger, line: string): void =>
    callSafely(
      () => logger?.[level](`${checked.name}: ${line}`),
      () => {},
    );
  const events = createEvents((error) => say("error", messageOf(error)));
  const warn = (line: string): void => say("warn", line);
  const onTrouble = (error: unknown): void => {
    say("error", messageOf(error));
    events.emit("error", error);
  };
  const closing = linkSignals(plan.signal);
  const { signal } = closing;
  const ends: (() => unknown)[] = [() => closing[Symbol.dispose]()];
  const undo = async (): Promise<void> => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        onTrouble(error);
      }
    }
  };

  let names: AgentName = { id: "", did: "", url: "" };
  let nudge = (): void => {};
  let { graceMs } = settings;
  const calls = serveHandler({
    handler: plan.handler,
    rules: { maxBytes: settings.maxMessageBytes, warn },
    onError: settings.onError,
    about: { ...checked, streaming: plan.streaming, skills: plan.skills },
    agent: () => names,
    onCall: (call) => events.emit("call", call),
  });

  /** Registers, and proves it where that is wanted. */
  const enrol = async (core: FoundCore, registration: Registration): Promise<Registered> => {
    const registered = await register(core.link, registration, signal).catch((error: unknown) => {
      // Unless the core refused, it may have acted on what nobody waits for any more.
      if (names.id === "" && !(error instanceof RegistrationError && !error.retryable)) {
        names = { ...names, id: checked.id };
      }
      throw error;
    });
    names = { id: registered.agentId, did: registered.did, url: registered.agentUrl };
    if (settings.verifyReady) {
      await verifyReady(registered, settings.readyTimeoutMs, signal);
    }
    return registered;
  };

  const start = async (): Promise<{ readonly callbackAddress: string; readonly coreAddress: string }> => {
    if (settings.handleSignals) {
      ends.push(onInterrupt(() => closing.abort(new Error("the process was told to end"))));
    }
    const core = await findCore(settings, { onRestart: () => nudge(), onTrouble }, signal);
    const { link } = core;
    ends.push(core.close);
    const { author, name } = checked;
    const { callbackHost: host, callbackPort: port, advertiseHost } = settings;
    const server = await listenForCalls(calls, { author, name, host, port, advertiseHost });
    ends.push(server.close, () => finish(calls, graceMs));
    const registration: Registration = {
      configJson: JSON.stringify(checked.sent),
      skills: plan.skills,
      callbackAddress: server.address,
    };
    // A core that is gone, or knows nothing of the agent, needs not be told.
    ends.push(() => (names.id === "" ? undefined : link.unregister(names.id).catch(() => {})));
    const registered = await enrol(core, registration);
    if (new URL(registered.agentUrl).href !== new URL(checked.url).href) {
      warn(
        `the core serves the agent at ${registered.agentUrl}, not at ${checked.url} as its configuration says`,
      );
    }
    say("info", `registered as ${registered.did}, served at ${registered.agentUrl}`);
    setImmediate(() => events.emit("registered", registered));
    const heartbeat = startHeartbeat({
      intervalMs: settings.heartbeatIntervalMs,
      events,
      signal,
      warn,
      beat: (beating) => link.heartbeat(names.id, beating),
      async reregister() {
        try {
          const again = await enrol(core, registration);
          say("info", `registered again as ${again.did}`);
          events.emit("reregistered", again);
        } catch (error) {
          if (!signal.aborted) {
            onTrouble(error);
          }
        }
      },
    });
    nudge = heartbeat.nudge;
    ends.push(() => heartbeat.ended);
    return { callbackAddress: server.address, coreAddress: link.address };
  };

  const stop = async (): Promise<void> => {
    closing.abort(new Error("the agent is closed"));
    calls.refuse();
    await undo();
    say("info", "closed");
    events.emit("closed", undefined);
  };

  try {
    const addresses = await start();
    signal.throwIfAborted();
    let closed: Promise<void> | undefined;
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        closed ??= stop();
        resolve(closed);
      });
    });
    const agent: RunningAgent = {
      ...addresses,
      get agentId() {
        return names.id;
      },
      get did() {
        return names.did;
      },
      get agentUrl() {
        return names.url;
      },
      close(options = {}) {
        check(options, closeRules, "close");
        graceMs = options.graceMs ?? graceMs;
        closing.abort(new Error("the agent is closed"));
        return ended;
      },
      closed: ended,
      on: events.on,
      [Symbol.asyncDispose]: () => agent.close(),
    };
    return agent;
  } catch (error) {
    await stop();
    throw error;
  }
}

const closeRules: OptionRules<CloseOptions> = { graceMs: must.beWaitMs };

/** Lets running handlers finish, and tells those to stop that take too long. */
async function finish(calls: AgentCalls, graceMs: number): Promise<void> {
  const over = new AbortController();
  const drained = calls.drained().then(() => over.abort());
  await sleep(graceMs, { signal: over.signal }).catch(() => {});
  calls.abort();
  await drained;
}

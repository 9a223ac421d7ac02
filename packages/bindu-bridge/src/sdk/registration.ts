// One registration: asked of the core, understood in each of its forms, and proven by the agent's own URL.

import { Code, ConnectError } from "@connectrpc/connect";
import { createHttpClient, messageOf, sleep } from "@x/core";
import { grpcCodeName } from "@x/core/rpc/client";
import { RegistrationError } from "../errors.ts";
import { paths } from "../wire/dialect.ts";
import { parseHttpUrl } from "../wire/http-url.ts";
import type { Registered } from "./agent-events.ts";
import type { CoreLink, Registration } from "./core-link.ts";

const retries = 5;
const firstPauseMs = 200;
const temporary: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded]);

/**
 * Registers. What is temporary is tried five times more; a refusal never.
 *
 * @throws RegistrationError; the reason of the signal
 */
export async function register(
  link: CoreLink,
  registration: Registration,
  signal: AbortSignal,
): Promise<Registered> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { success, error, agentId, did, agentUrl } = await link.register(registration, signal);
      if (!success) {
        throw new RegistrationError(
          `The core at ${link.address} refused the agent: ${error || "it gave no reason"}`,
          {
            address: link.address,
            details: error,
            reply: error,
          },
        );
      }
      if (parseHttpUrl(agentUrl) === undefined) {
        throw new RegistrationError(
          `The core at ${link.address} serves the agent at ${JSON.stringify(agentUrl)}, which is no http or https URL.`,
          { address: link.address, details: agentUrl },
        );
      }
      return { agentId, did, agentUrl };
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof RegistrationError) {
        throw thrown;
      }
      const { code, rawMessage } = ConnectError.from(thrown);
      const retryable = temporary.has(code);
      if (!retryable || attempt >= retries) {
        throw new RegistrationError(
          `The core at ${link.address} did not register the agent: ${grpcCodeName(code)}: ${rawMessage}`,
          {
            address: link.address,
            grpcCode: code,
            details: rawMessage,
            reply: rawMessage,
            retryable,
            cause: thrown,
          },
        );
      }
    }
    await sleep(firstPauseMs * 2 ** attempt * (0.8 + Math.random() * 0.4), { signal });
  }
}

const lookMs = 2_000;
const pauseMs = 100;

/**
 * Waits until the agent's URL says that it serves this agent: the official core answers a registration before the port is open, never
 * tells that it could not be opened, and leaves another agent there.
 *
 * @throws RegistrationError; the reason of the signal
 */
export async function verifyReady(
  { agentUrl, did }: Registered,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + withinMs;
  await using http = createHttpClient({
    service: "bindu",
    // A query has no meaning here.
    baseUrl: agentUrl.replace(/[?#].*$/s, ""),
    maxRetries: 0,
    timeoutMs: lookMs,
  });
  for (;;) {
    let seen: string;
    try {
      const answer = await http.send({ operation: "verifyReady", method: "GET", path: paths.health, signal });
      const found = didIn(answer.text);
      if (found === did) {
        return;
      }
      if (found !== undefined) {
        throw new RegistrationError(
          `${agentUrl}: port already served by another agent, ${found}. Give this one a deployment.url of its own.`,
          { details: found },
        );
      }
      seen = "it answers, but names no agent";
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RegistrationError) {
        throw error;
      }
      seen = messageOf(error);
    }
    if (performance.now() >= until) {
      throw new RegistrationError(
        `The core registered the agent, but ${agentUrl} does not serve it within ${withinMs} ms: ${seen}`,
        { retryable: true },
      );
    }
    await sleep(pauseMs, { signal });
  }
}

/** `application.agent_did` of a health answer. */
function didIn(text: string): string | undefined {
  try {
    const did: unknown = JSON.parse(text)?.application?.agent_did;
    return typeof did === "string" ? did : undefined;
  } catch {
    return undefined;
  }
}

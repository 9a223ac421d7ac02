// One other agent of a workspace.

import { must, type OptionRules, raceSignal } from "@x/core";
import { Timeout } from "../../errors.ts";
import type { AgentEntry, Body, EventResponse, MessageContent, Reply } from "../../types.ts";
import { isBody } from "../../wire/body.ts";
import { documentedNames, threadRequests } from "../../wire/names.ts";
import type { AgentEvent } from "../events/agent-event.ts";
import { check, type TimeoutOptions, timeoutOf, timeoutRules } from "../options.ts";
import type { WorkspacePort } from "./port.ts";

/** What a direct message has besides its content. */
export interface DirectOptions {
  /** The id of the request that it answers: `payload.message_id` of that, or what `event.reply` takes by itself. */
  readonly responseTo?: string | undefined;
  /** Not relayed by networks. @default {} */
  readonly metadata?: Body | undefined;
}

const directRules: OptionRules<DirectOptions> = {
  responseTo: must.beFullText,
  metadata: { expected: "an object", isOne: isBody },
};

/** Another agent. Whether it is there is known only when something is asked of it. */
export class RemoteAgent {
  readonly id: string;
  readonly #port: WorkspacePort;

  constructor(id: string, port: WorkspacePort) {
    this.id = id;
    this.#port = port;
  }

  /** Sends a direct message. Whether the agent exists, the answer does not say. */
  async send(content: MessageContent, options: DirectOptions = {}): Promise<EventResponse> {
    check("send", options, directRules);
    this.#port.correlator.sent(this.id, options.responseTo);
    return await this.#port.respond("send", threadRequests.direct, (messaging) =>
      messaging.direct(this.id, content, options),
    );
  }

  /**
   * Sends a direct message and waits for the answer to it: the payload, with `text` where the answer has one. Null when the
   * time is over, the message could not be sent, or the agent waits for this one; `client.lastError` says which.
   */
  async sendAndWait(content: MessageContent, options: TimeoutOptions = {}): Promise<Reply | null> {
    check("sendAndWait", options, timeoutRules);
    const { signal } = options;
    const timeoutMs = timeoutOf(options);
    const { correlator, clock } = this.#port;
    const request = { id: crypto.randomUUID() };
    // Before the message: its answer may come sooner than the server's word that it was sent.
    using pending = correlator.start(this.id, request.id);
    let isLate = false;
    const late = (): void => {
      isLate = true;
      pending[Symbol.dispose]();
    };
    const timer = timeoutMs === Infinity ? undefined : clock.setTimer(timeoutMs, late);
    try {
      const sent = this.#port.respond("sendAndWait", threadRequests.direct, (messaging) =>
        messaging.direct(this.id, content, { request, signal }),
      );
      const answered = pending.reply.then(() => undefined);
      const response = await raceSignal(Promise.race([sent, answered]), signal);
      if (response?.success === false) {
        return null;
      }
      if (response !== undefined) {
        pending.sent(response.eventId);
      }
      return await raceSignal(pending.reply, signal);
    } finally {
      timer?.cancel();
      if (isLate) {
        this.#port.failed(
          new Timeout(`sendAndWait: ${this.id} did not answer within ${timeoutMs} ms.`, {
            operation: "sendAndWait",
          }),
        );
      }
    }
  }

  /** The next direct message of the agent; null when the time is over. */
  waitForMessage(options: TimeoutOptions = {}): Promise<AgentEvent | null> {
    check("waitForMessage", options, timeoutRules);
    return this.#port.wait(
      ({ eventName, sourceId }) => eventName === documentedNames.direct && sourceId === this.id,
      options,
    );
  }

  /** The same as {@link waitForMessage}. */
  waitForReply(options: TimeoutOptions = {}): Promise<AgentEvent | null> {
    return this.waitForMessage(options);
  }

  /** What the server knows of the agent; null if it knows none of that id. */
  async info(): Promise<AgentEntry | null> {
    const agents = await this.#port.listAgents();
    return agents.find(({ id }) => id === this.id) ?? null;
  }
}

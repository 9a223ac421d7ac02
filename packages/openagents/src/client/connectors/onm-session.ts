// One session of a hosted workspace: the calls of its REST API, under the token and the session of the newest join.

import { createHttpClient, type HttpClient, type HttpRequest } from "@x/core";
import { NotAnOpenAgentsServer, SessionRevoked } from "../../errors.ts";
import type { Body, EventResponse } from "../../types.ts";
import { bodyOf, isBody, parseBody, textOf } from "../../wire/body.ts";
import { onmAgent } from "../../wire/onm.ts";
import { onmPaths, workspaceTokenHeader } from "../../wire/paths.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import { errorOfHttp, serviceName } from "../failure.ts";
import { jsonOf } from "../outbound.ts";
import type { LinkOptions, SendOptions } from "./connector.ts";

export interface WorkspaceLinkOptions extends LinkOptions {
  readonly baseUrl: string;
  readonly token: string;
  /** Id or slug; found by the token where it is absent. */
  readonly workspace: string | undefined;
}

/** A call of the REST API: its envelope is taken off. */
export type OnmCall = (
  operation: string,
  method: HttpRequest["method"],
  path: string,
  more?: Pick<HttpRequest, "query" | "signal" | "timeoutMs"> & { readonly body?: Body },
) => Promise<Body>;

/** A session, across its joins. */
export interface OnmSession {
  readonly http: HttpClient;
  /** Rejects when another has taken the session over, whichever call was told so. */
  readonly revoked: Promise<never>;
  /** When something was last posted, on the monotonic clock. */
  readonly postedMono: number;
  readonly agentId: string;
  readonly call: OnmCall;
  /** The bytes of a file. */
  bytes(path: string): Promise<{ readonly bytes: Uint8Array; readonly mimeType: string }>;
  /** The id of the workspace. */
  network(): string;
  /** Joins, or joins anew. */
  join(): Promise<void>;
  heartbeat(signal: AbortSignal): Promise<void>;
  leave(): Promise<void>;
  post(type: string, target: string, payload: Body, more?: OnmPostParts): Promise<EventResponse>;
}

/** What a post has besides. */
export interface OnmPostParts extends SendOptions {
  readonly visibility?: string | undefined;
  readonly metadata?: Body | undefined;
}

export function createOnmSession(options: WorkspaceLinkOptions): OnmSession {
  const { agentId, clock, token, metadata, requestTimeoutMs } = options;
  const http = createHttpClient({
    service: serviceName,
    baseUrl: options.baseUrl,
    headers: { [workspaceTokenHeader.toLowerCase()]: token },
    fetch: options.fetch,
    clock,
    timeoutMs: requestTimeoutMs,
    toError: errorOfHttp,
    maxResponseBytes: 96 * 1024 * 1024,
  });
  const revoked = Promise.withResolvers<never>();
  revoked.promise.catch(() => undefined);
  let network = options.workspace ?? "";
  let sessionId = "";
  let postedMono = 0;

  const call: OnmCall = async (operation, method, path, { body, ...more } = {}) => {
    const request = { operation, method, path, ...more };
    const answer = await http
      .send(body === undefined ? request : { ...request, body: jsonOf(body) })
      .catch((error: unknown) => {
        if (error instanceof SessionRevoked) {
          revoked.reject(error);
        }
        throw error;
      });
    const envelope = parseBody(answer.text);
    if (!isBody(envelope?.data)) {
      throw new NotAnOpenAgentsServer(`${operation}: the workspace answered without data.`, { operation });
    }
    return stripSecrets(envelope.data);
  };

  const post = async (
    type: string,
    target: string,
    payload: Body,
    { visibility, metadata: given, signal }: OnmPostParts = {},
  ): Promise<EventResponse> => {
    postedMono = clock.now().mono;
    const data = await call("sendEvent", "POST", onmPaths.events, {
      body: {
        type,
        source: onmAgent(agentId),
        target,
        payload,
        metadata: { ...given, ...(sessionId === "" ? {} : { session_id: sessionId }) },
        network,
        ...(visibility === undefined ? {} : { visibility }),
      },
      signal,
    });
    const id = textOf(data.id) ?? "";
    return {
      success: true,
      message: "ok",
      data: { ...data, event_id: id, message_id: id },
      eventName: type,
      eventId: id,
    };
  };

  const join = async (): Promise<void> => {
    const operation = "connectToServer";
    if (network === "") {
      const found = await call(operation, "POST", onmPaths.resolve, { body: { token } });
      network = textOf(found.workspace_id) ?? textOf(found.slug) ?? "";
    }
    const answer = await http.send({
      operation,
      method: "POST",
      path: onmPaths.join,
      body: jsonOf({
        agent_name: agentId,
        token,
        network,
        agent_type: textOf(metadata.agent_type) ?? textOf(metadata.type) ?? "custom",
        metadata,
      }),
      idempotent: true,
    });
    const joined = bodyOf(parseBody(answer.text)?.data);
    network = textOf(joined.network_id) ?? network;
    sessionId = textOf(joined.session_id) ?? "";
  };

  return {
    agentId,
    http,
    revoked: revoked.promise,
    get postedMono() {
      return postedMono;
    },
    call,
    network: () => network,
    post,
    join,
    async heartbeat(signal) {
      await call("heartbeat", "POST", onmPaths.heartbeat, {
        body: { agent_name: agentId, network, session_id: sessionId },
        signal,
      });
    },
    async leave() {
      await call("disconnect", "POST", onmPaths.leave, {
        body: { agent_name: agentId, network },
        timeoutMs: 5_000,
      });
    },
    async bytes(path) {
      const answer = await http.send({ operation: "downloadFile", method: "GET", path });
      return {
        bytes: answer.bytes,
        mimeType: answer.header("content-type") ?? "application/octet-stream",
      };
    },
  };
}

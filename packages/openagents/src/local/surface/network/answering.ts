// Carries out an event of an agent, whatever transport it came over. Polls, the health check and bytes of files need more than the
// rules.
import { randomUUID } from "node:crypto";
import { textOf } from "../../../wire/body.ts";
import { systemCommands, threadRequests } from "../../../wire/names.ts";
import type { SentEvent } from "../../rules/model/commands.ts";
import { isRefusal, unauthenticated } from "../../rules/model/refusal.ts";
import type { Surface } from "../context.ts";
import { bytesOf, storeBytes } from "../stored-files.ts";
import { healthData } from "./health.ts";
import { fetchEvents } from "./polling.ts";

/** What an agent is answered; the data is JSON text. */
export interface Answered {
  readonly success: boolean;
  readonly message: string;
  readonly data: string | null;
}

const refused: Answered = { success: false, message: unauthenticated.detail, data: null };

/** @param host the host by which the caller knows the server */
export async function answerEvent(
  surface: Surface,
  event: SentEvent,
  secretHash: string,
  host: string,
): Promise<Answered> {
  switch (event.name) {
    case systemCommands.pollMessages:
      return await answerPoll(surface, event, secretHash);
    case systemCommands.healthCheck: {
      const isIn = await isKnown(surface, event.source, secretHash);
      const data = JSON.stringify(healthData(surface, host));
      return isIn ? { success: true, message: "Health check completed successfully", data } : refused;
    }
    case threadRequests.upload:
      return await answerUpload(surface, event, secretHash);
    default:
      return await carryOut(surface, event, secretHash);
  }
}

async function carryOut(surface: Surface, event: SentEvent, secretHash: string): Promise<Answered> {
  const { engine, metrics } = surface;
  const answer = await engine.run<"send">({ type: "send", secretHash, event });
  if (isRefusal(answer)) {
    return { success: false, message: answer.detail, data: null };
  }
  const { success, message, data, file } = answer;
  if (!success && message === unauthenticated.detail) {
    metrics.countAuthFailure();
  }
  if (file === undefined) {
    return { success, message, data: data === null ? null : JSON.stringify(data) };
  }
  const content = (await bytesOf(surface, file))?.toString("base64") ?? "";
  return { success, message, data: JSON.stringify({ ...data, content }) };
}

async function answerPoll(
  surface: Surface,
  { source, payload }: SentEvent,
  secretHash: string,
): Promise<Answered> {
  const fetched = await fetchEvents(surface, source, secretHash);
  if (isRefusal(fetched)) {
    return refused;
  }
  const { events } = fetched;
  const echoed =
    payload.request_id === undefined ? "" : `,"request_id":${JSON.stringify(payload.request_id)}`;
  return {
    success: true,
    message: `Retrieved ${events.length} messages`,
    data: `{"type":"system_response","command":"poll_messages","messages":[${events.join(",")}]${echoed}}`,
  };
}

/** The bytes are stored before the rules hear of them, and only for who is let in. */
async function answerUpload(surface: Surface, event: SentEvent, secretHash: string): Promise<Answered> {
  if (!(await isKnown(surface, event.source, secretHash))) {
    return refused;
  }
  const content = textOf(event.payload.file_content);
  if (content === undefined && event.payload.file_content !== "") {
    return await carryOut(surface, event, secretHash);
  }
  const upload = await storeBytes(surface, randomUUID(), content ?? "");
  const answer = await carryOut(surface, { ...event, upload: upload ?? null }, secretHash);
  const isStored = surface.engine.peek(({ workspaces, homeId }) =>
    workspaces.get(homeId)?.files.has(upload?.id ?? ""),
  );
  if (upload !== undefined && isStored !== true) {
    // A request that was none, or came before.
    await surface.engine.blobs.remove(upload.id);
  }
  return answer;
}

async function isKnown({ engine, metrics }: Surface, agentId: string, secretHash: string): Promise<boolean> {
  const isIn = !isRefusal(await engine.run<"authenticate">({ type: "authenticate", agentId, secretHash }));
  if (!isIn) {
    metrics.countAuthFailure();
  }
  return isIn;
}

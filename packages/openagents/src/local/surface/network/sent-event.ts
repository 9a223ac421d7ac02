// Reads an event that an agent sends, with what the official server says of one that is none.
import { hash, randomUUID } from "node:crypto";
import { type Body, isBody, textOf, textsOf } from "../../../wire/body.ts";
import { readDestination } from "../../../wire/destinations.ts";
import { isVisibility, visibilities } from "../../../wire/event.ts";
import { eventNameProblem } from "../../../wire/event-names.ts";
import type { SentEvent } from "../../rules/model/commands.ts";
import type { PreservedFields } from "../../rules/model/entities.ts";

/** What a transport hands over. */
export interface RawEvent {
  readonly id: unknown;
  readonly name: string;
  readonly source: string;
  readonly to: unknown;
  readonly payload: unknown;
  readonly payloadText: string;
  readonly metadata: unknown;
  readonly metadataText: string;
  readonly visibility: unknown;
  readonly preserved: PreservedFields;
}

const problem = (field: string, what: string): string => `1 validation error for Event\n${field}\n  ${what}`;

const kindOf = (value: unknown): string =>
  value === null ? "None" : Array.isArray(value) ? "list" : typeof value === "object" ? "dict" : typeof value;

/** The longest destination, id or name. */
const longest = 1_024;

/** The event, or what is wrong with it. */
export function readSentEvent(raw: RawEvent): SentEvent | string {
  const { name, source, payload, metadata, payloadText } = raw;
  const nameProblem = eventNameProblem(name);
  if (nameProblem !== undefined) {
    return problem("event_name", `Value error, ${nameProblem} [type=value_error, input_type=str]`);
  }
  const id = raw.id === undefined || raw.id === null ? randomUUID() : raw.id;
  if (typeof id !== "string") {
    return problem("event_id", `Input should be a valid string [type=string_type, input_type=${kindOf(id)}]`);
  }
  const to = raw.to ?? null;
  if (to !== null && typeof to !== "string") {
    return problem(
      "destination_id",
      `Input should be a valid string [type=string_type, input_type=${kindOf(to)}]`,
    );
  }
  if (id.length > longest || name.length > longest || (to?.length ?? 0) > longest) {
    return problem(
      "event",
      `Value error, ids, names and destinations may have ${longest} characters [type=value_error]`,
    );
  }
  const destination = readDestination(to);
  if (destination.kind === "invalid") {
    return problem(
      "destination_id",
      `Value error, destination_id '${destination.text}' names nobody: write '${destination.text}:<name>' [type=value_error, input_type=str]`,
    );
  }
  if (!isBody(payload)) {
    return notADict("payload", payload);
  }
  if (!isBody(metadata)) {
    return notADict("metadata", metadata);
  }
  if (!isVisibility(raw.visibility)) {
    const allowed = visibilities.map((one) => `'${one}'`);
    return problem(
      "visibility",
      `Input should be ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)} [type=enum, input_type=${kindOf(raw.visibility)}]`,
    );
  }
  return {
    id,
    name,
    source,
    to,
    payload,
    payloadText,
    metadataText: raw.metadataText,
    visibility: raw.visibility,
    preserved: raw.preserved,
    fingerprint: hash("sha256", JSON.stringify([name, to, payloadText]), "base64"),
  };
}

const notADict = (field: string, value: unknown): string =>
  problem(field, `Input should be a valid dictionary [type=dict_type, input_type=${kindOf(value)}]`);

/** The event that a body of the wire says, whose numbers are known as they were written; or what is wrong with it. */
export function readBodyEvent(name: string, source: string, body: Body, exact: Body): SentEvent | string {
  const { payload = {}, metadata = {}, visibility } = body;
  const { payload: exactPayload = {}, metadata: exactMetadata = {} } = exact;
  return readSentEvent({
    id: body.event_id,
    name,
    source,
    to: body.target_agent_id ?? body.destination_id,
    payload,
    payloadText: JSON.stringify(exactPayload),
    metadata,
    metadataText: JSON.stringify(exactMetadata),
    visibility: visibility ?? "network",
    preserved: preservedFields(body),
  });
}

/** Fields that are kept where they are sent. */
function preservedFields(body: Body): PreservedFields {
  const responseTo = textOf(body.response_to);
  const threadName = textOf(body.thread_name);
  const textRepresentation = textOf(body.text_representation);
  const allowed = Array.isArray(body.allowed_agents);
  return {
    ...(body.requires_response === true ? { requiresResponse: true } : {}),
    ...(responseTo === undefined ? {} : { responseTo }),
    ...(threadName === undefined ? {} : { threadName }),
    ...(textRepresentation === undefined ? {} : { textRepresentation }),
    ...(allowed ? { allowedAgents: textsOf(body.allowed_agents) } : {}),
  };
}

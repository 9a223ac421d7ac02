// What every message tells of itself: what it belongs to, who said it, and its text.
import { type Body, isBody, textOf } from "../../../wire/body.ts";
import { textOfPayload } from "../../../wire/content.ts";
import { agentOfOnm } from "../../../wire/onm.ts";
import type { FileFacts, Message } from "../model/entities.ts";
import { objectOf } from "../model/exact-json.ts";
import type { Workspace } from "../model/state.ts";

/** Where in the log something stands that is no message: in no channel, no talk, no thread. */
export const noMessage = {
  kind: "other",
  lane: "other",
  channel: null,
  peer: null,
  replyTo: null,
  level: 0,
  rootId: null,
} as const;

/** What belongs to a channel. */
export const channelLane = (channel: string): string => `channel ${channel}`;

/** What two have said to each other. */
export const directLane = (a: string, b: string): string =>
  a < b ? `direct ${JSON.stringify([a, b])}` : `direct ${JSON.stringify([b, a])}`;

/** Who said it, as the network names it. */
export const speakerOf = ({ said, onm }: Message): string => said?.source ?? agentOfOnm(onm?.source ?? "");

/** What a quotation says. */
export function quotedText(workspace: Workspace, id: string): string {
  const message = workspace.byId.get(id);
  return message === undefined
    ? `[Quoted message ${id} not found]`
    : `${speakerOf(message)}: ${textOfMessage(message)}`;
}

/** Its payload as values. */
export const payloadOf = ({ said, onm }: Message): Body => objectOf(said?.payload ?? onm?.payload ?? "{}");

/** The text of a message, `""` for one without. */
export const textOfMessage = (message: Message): string => textOfPayload(payloadOf(message)) ?? "";

/** Files of a message that are there. */
export function filesOfMessage(workspace: Workspace, message: Message): readonly FileFacts[] {
  return attachmentsOf(payloadOf(message)).flatMap((named) => {
    const file = workspace.files.get((isBody(named) ? textOf(named.file_id) : undefined) ?? "");
    return file === undefined ? [] : [file];
  });
}

/** The content of a payload as histories have it. */
export function contentOfPayload(payload: Body): unknown {
  return isBody(payload.content) ? payload.content : { text: textOfPayload(payload) ?? "" };
}

/** Files that a message names, in either product's form. */
export function attachmentsOf(payload: Body): readonly unknown[] {
  if (Array.isArray(payload.attachments)) {
    return payload.attachments;
  }
  const id = textOf(payload.attachment_file_id);
  return id === undefined
    ? []
    : [{ file_id: id, filename: payload.attachment_filename, size: payload.attachment_size }];
}

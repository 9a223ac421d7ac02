// What every message tells of itself: what it belongs to, who said it, and its text.
import { type Body, isBody } from "../../../wire/body.ts";
import { textOfPayload } from "../../../wire/content.ts";
import { agentOfOnm } from "../../../wire/onm.ts";
import type { Message } from "../model/entities.ts";
import { objectOf } from "../model/exact-json.ts";
import type { Workspace } from "../model/state.ts";

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

/** The text of a message, `""` for one without. */
export function textOfMessage({ said, onm }: Message): string {
  return textOfPayload(objectOf(said?.payload ?? onm?.payload ?? "{}")) ?? "";
}

/** The content of a payload as histories have it. */
export function contentOfPayload(payload: Body): unknown {
  return isBody(payload.content) ? payload.content : { text: textOfPayload(payload) ?? "" };
}

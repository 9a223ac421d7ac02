// Reactions to messages: one of each type and agent.
import { textOf } from "../../../wire/body.ts";
import { type ReactionType, reactionTypes } from "../../../wire/reactions.ts";
import { done, failed, type Handler, invalid, requestId } from "./request.ts";

type Wanted = "add" | "remove" | "toggle";

const words: Readonly<Record<Wanted, string>> = {
  add: "Reaction added successfully",
  remove: "Reaction removed successfully",
  toggle: "Reaction toggled successfully",
};

export const reaction =
  (wanted: Wanted): Handler =>
  (request) => {
    const { state, home, event, turn } = request;
    const { payload, source } = event;
    const messageId = textOf(payload.target_message_id);
    if (messageId === undefined) {
      return invalid(request, "Reaction message must have 'target_message_id' in payload");
    }
    const type = textOf(payload.reaction_type);
    if (type === undefined) {
      return invalid(request, "Reaction message must have 'reaction_type' in payload");
    }
    if (!reactionTypes.includes(type as ReactionType)) {
      return invalid(request, `reaction_type must be one of: ${reactionTypes.join(", ")}`);
    }
    const about = { target_message_id: messageId, reaction_type: type };
    if (!home.byId.has(messageId)) {
      return failed(request, `Target message ${messageId} not found`, about);
    }
    const has = home.reactions.get(messageId)?.get(type)?.has(source) === true;
    const on = wanted === "toggle" ? !has : wanted === "add";
    const changes = has !== on;
    if (changes) {
      turn.emit({
        type: "reaction.set",
        workspaceId: state.homeId,
        messageId,
        reaction: type,
        agentId: source,
        on,
      });
    }
    return done(changes ? words[wanted] : "Unknown error", {
      success: changes,
      ...about,
      action_taken: on ? "add" : "remove",
      total_reactions: home.reactions.get(messageId)?.get(type)?.size ?? 0,
      request_id: requestId(request),
    });
  };

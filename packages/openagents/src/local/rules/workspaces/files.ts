// Files of a workspace: what is known of them. Their bytes lie elsewhere.

import { onmTypes } from "../../../wire/names.ts";
import { onmChannel, onmCore } from "../../../wire/onm.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { letIn, speakerProblem } from "./doors.ts";
import { emitPost, emitWorkspaceEvent } from "./log-posts.ts";

/** The last part of a name that may be a path. */
export const baseName = (name: string): string => name.split(/[\\/]/).at(-1)?.trim() || "file";

export function addFile(
  state: State,
  command: CommandOf<"addFile">,
  turn: NetworkTurn,
): Replies["addFile"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const { file, caption } = command;
  const problem = speakerProblem(state, workspace, file.uploadedBy);
  if (problem !== undefined) {
    return problem;
  }
  const workspaceId = workspace.facts.id;
  turn.emit({ type: "file.added", workspaceId, file });
  const { id, filename, mimeType, size, uploadedBy, channel } = file;
  const attachment = { file_id: id, filename, content_type: mimeType, size };
  const target = channel === null ? onmCore : onmChannel(channel);
  emitWorkspaceEvent(state, workspace, turn, {
    type: onmTypes.fileUploaded,
    source: uploadedBy,
    target,
    payload: JSON.stringify(attachment),
  });
  if (caption !== null && channel !== null) {
    emitPost(state, workspace, turn, {
      source: uploadedBy,
      channel,
      payload: { content: caption, message_type: "chat", attachments: [attachment] },
    });
  }
  return { file };
}

export function removeFile(
  state: State,
  command: CommandOf<"removeFile">,
  turn: NetworkTurn,
): Replies["removeFile"] | Refusal {
  const found = findFile(state, command);
  if ("refused" in found) {
    return found;
  }
  const { workspace, file } = found;
  turn.emit({ type: "file.removed", workspaceId: workspace.facts.id, fileId: file.id });
  emitWorkspaceEvent(state, workspace, turn, {
    type: onmTypes.fileDeleted,
    source: file.uploadedBy,
    target: file.channel === null ? onmCore : onmChannel(file.channel),
    payload: JSON.stringify({ file_id: file.id, filename: file.filename }),
  });
  return { file };
}

/** A file by its id alone: the workspace is the one of the token. */
export function findFile(
  state: State,
  { tokenHash, fileId }: Pick<CommandOf<"findFile">, "tokenHash" | "fileId">,
): Replies["findFile"] | Refusal {
  for (const workspace of state.workspaces.values()) {
    const file = workspace.files.get(fileId);
    if (file !== undefined) {
      return state.tokens.get(tokenHash) === workspace.facts.id
        ? { workspace, file }
        : refuse("bad_token", "Invalid workspace credentials");
    }
  }
  return refuse("file_not_found", "File not found");
}

// From what an agent answered, or how its call failed, to how the turn ends: state, message, artifacts.
import type { ConnectError } from "@connectrpc/connect";
import type { Identity } from "@x/core/base";
import { grpcCodeName } from "@x/core/rpc/client";
import type { HandleResponse } from "../../gen/bindu/grpc/agent_handler_pb.ts";
import { wantedState } from "../../wire/agent-error.ts";
import { signArtifactText, signatureKey } from "../../wire/artifact-signature.ts";
import { decideAnswer } from "../../wire/decision.ts";
import { failurePrefix } from "../../wire/dialect.ts";
import { agentResult } from "../../wire/handle-messages.ts";
import { a2aMetadataKey } from "../../wire/handler-headers.ts";
import { wellFormed } from "../../wire/well-formed.ts";
import type { Piece } from "../rules/model/commands.ts";
import type { Artifact, Part } from "../rules/model/entities.ts";
import { agentMessage, endingOfResult } from "./a2a-answer.ts";
import type { Ending, Shown } from "./ending.ts";

export function endingOf(response: HandleResponse, shown: Shown, identity: Pick<Identity, "sign">): Ending {
  const result = response.state === "" ? response.metadata[a2aMetadataKey] : undefined;
  if (result !== undefined) {
    return endingOfResult(result, shown);
  }
  const { state, content } = decideAnswer(agentResult(response));
  const message = agentMessage(messageParts(content));
  if (state !== "completed") {
    return { state, message, said: true, direct: false, pieces: [] };
  }
  const pieces =
    typeof content === "string"
      ? textPieces(content, shown, signArtifactText(identity, content))
      : [dataPiece(content, shown)];
  return { state, message, said: false, direct: false, pieces };
}

/** A call that ended with a status. An agent may say that it rejects the task instead. */
export function endingOfError(error: ConnectError): Ending {
  const isRejected = wantedState(error) === "rejected";
  const text = isRejected
    ? error.rawMessage
    : `${failurePrefix}${grpcCodeName(error.code)}: ${error.rawMessage}`;
  return failure(text, isRejected ? "rejected" : "failed");
}

export function failure(text: string, state: "failed" | "rejected" = "failed"): Ending {
  return {
    state,
    message: agentMessage([{ kind: "text", text: wellFormed(text) }]),
    said: true,
    direct: false,
    pieces: [],
  };
}

/** What an agent says, as parts: a text, parts that it wrote itself, or data. */
function messageParts(content: unknown): readonly Part[] {
  return Array.isArray(content) ? content.map(messagePart) : [messagePart(content)];
}

function messagePart(content: unknown): Part {
  if (typeof content !== "object" || content === null) {
    return { kind: "text", text: pythonText(content) };
  }
  return isPart(content) ? content : { kind: "data", data: content, text: "" };
}

/** Whether an agent wrote a part itself, and so that either face can show it. */
function isPart(value: object): value is Part {
  const { kind, text, file, metadata, filename, mediaType } = value as Partial<Record<string, unknown>>;
  if (![text, filename, mediaType].every(isTextOrNothing) || !isObjectOrNothing(metadata)) {
    return false;
  }
  switch (kind) {
    case "text":
      return text !== undefined;
    case "file":
      return isFile(file);
    case "data":
      return "data" in value;
    default:
      return false;
  }
}

const isTextOrNothing = (value: unknown): boolean => value === undefined || typeof value === "string";

const isObjectOrNothing = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value));

function isFile(value: unknown): boolean {
  if (value === undefined || !isObjectOrNothing(value)) {
    return false;
  }
  const { bytes, mimeType, name, uri } = value as Partial<Record<string, unknown>>;
  return typeof bytes === "string" && [mimeType, name, uri].every(isTextOrNothing);
}

/** A value that is no text, as Python's `str` writes it. */
function pythonText(value: unknown): string {
  switch (value) {
    case true:
      return "True";
    case false:
      return "False";
    case null:
    case undefined:
      return "None";
    default:
      return String(value);
  }
}

const artifactName = "result";

/** An artifact that is one piece; what was shown before under its id is replaced. */
function dataPiece(result: unknown, { artifactId }: Shown): Piece {
  const artifact: Artifact = { artifactId, name: artifactName, parts: [{ kind: "data", data: { result } }] };
  return { artifact, append: false, last: true };
}

/** So much text is one piece at most, in UTF-16 units: readers take events up to 4 MiB. */
const longestPiece = 500_000;

export const textPiece = (artifactId: string, text: string, append: boolean, last = false): Piece => ({
  artifact: { artifactId, name: artifactName, parts: [{ kind: "text", text }] },
  append,
  last,
});

/** The same pieces, as few as they can be: what continues a text is one with it. */
export function grownTogether(pieces: readonly Piece[]): readonly Piece[] {
  const grown: Piece[] = [];
  for (const piece of pieces) {
    const before = grown.at(-1);
    const [a, b] = [before?.artifact.parts[0], piece.artifact.parts[0]];
    const isOne =
      before !== undefined &&
      piece.append &&
      a?.kind === "text" &&
      b?.kind === "text" &&
      a.text.length + b.text.length <= longestPiece;
    if (isOne) {
      const parts = [{ ...b, text: a.text + b.text }];
      grown[grown.length - 1] = { ...piece, append: before.append, artifact: { ...piece.artifact, parts } };
    } else {
      grown.push(piece);
    }
  }
  return grown;
}

/** The pieces that are missing to a whole text; its signature comes with the last one. */
function textPieces(whole: string, shown: Shown, signature: string): readonly Piece[] {
  const goesOn = shown.text !== "" && whole.startsWith(shown.text);
  const texts = cut(goesOn ? whole.slice(shown.text.length) : whole);
  return texts.map((text, index) => {
    const append = goesOn || index > 0;
    const last = index === texts.length - 1;
    const piece = textPiece(shown.artifactId, text, append, last);
    if (!last) {
      return piece;
    }
    const metadata = { [signatureKey]: signature };
    const { artifact } = piece;
    return {
      ...piece,
      artifact: append
        ? { ...artifact, metadata }
        : { ...artifact, parts: artifact.parts.map((part) => ({ ...part, metadata })) },
    };
  });
}

/** A text in pieces that are not too long; no pair of surrogates is cut. */
export function cut(text: string): readonly string[] {
  const texts: string[] = [];
  let from = 0;
  while (text.length - from > longestPiece) {
    const to = from + longestPiece;
    const isPair = (text.charCodeAt(to - 1) & 0xfc00) === 0xd800;
    texts.push(text.slice(from, isPair ? to - 1 : to));
    from = isPair ? to - 1 : to;
  }
  return [...texts, text.slice(from)];
}

// An answer that grows: read chunk by chunk, and written in pieces while it is read.
import { create } from "@bufbuild/protobuf";
import { type HandleResponse, HandleResponseSchema } from "../../gen/bindu/grpc/agent_handler_pb.ts";
import { chunkMetadataKey, deltaChunk } from "../../wire/handler-headers.ts";
import { wellFormed } from "../../wire/well-formed.ts";
import type { Piece } from "../rules/model/commands.ts";
import type { Shown } from "./ending.ts";
import { cut, grownTogether, textPiece } from "./endings.ts";

/** What was shown of an answer so far. */
export interface GrowingAnswer extends Shown {
  text: string;
}

/**
 * Reads an answer and shows it as it grows; answers what it is in the end: the final chunk, or the last one where that has a state,
 * else all text, which is then the whole answer.
 */
export async function readGrowing(
  chunks: AsyncIterable<HandleResponse>,
  shown: GrowingAnswer,
  write: (pieces: readonly Piece[]) => Promise<void>,
): Promise<HandleResponse> {
  const pieces = createPieceWriter(write);
  let last: HandleResponse | undefined;
  for await (const chunk of chunks) {
    if (last?.isFinal === true) {
      // The answer was whole already; what comes behind it is read for its status alone.
      continue;
    }
    last = chunk;
    if (chunk.isFinal || chunk.state !== "") {
      continue;
    }
    const text = wellFormed(chunk.content);
    const isDelta = chunk.metadata[chunkMetadataKey] === deltaChunk;
    let append = shown.text !== "" && (isDelta || text.startsWith(shown.text));
    const fresh = append && !isDelta ? text.slice(shown.text.length) : text;
    shown.text = isDelta ? shown.text + text : text;
    for (const each of fresh === "" ? [] : cut(fresh)) {
      pieces.add(textPiece(shown.artifactId, each, append));
      append = true;
    }
  }
  await pieces.written();
  return last !== undefined && (last.isFinal || last.state !== "")
    ? last
    : create(HandleResponseSchema, { content: shown.text });
}

/** Pieces are written one batch after another: what comes meanwhile goes together. */
function createPieceWriter(write: (pieces: readonly Piece[]) => Promise<void>): {
  add(piece: Piece): void;
  written(): Promise<void>;
} {
  let waiting: Piece[] = [];
  let isWriting = false;
  let writing: Promise<void> | undefined;
  let failed: unknown;
  const next = async (): Promise<void> => {
    isWriting = true;
    try {
      while (waiting.length > 0) {
        const pieces = grownTogether(waiting);
        waiting = [];
        await write(pieces);
      }
    } catch (error) {
      failed = error;
    } finally {
      // In the turn of the last look: what comes a moment later begins anew.
      isWriting = false;
    }
  };
  return {
    add(piece): void {
      if (failed !== undefined) {
        // Nothing more is taken: whoever reads on leaves the stream.
        throw failed;
      }
      waiting.push(piece);
      if (!isWriting) {
        writing = next();
      }
    },
    async written(): Promise<void> {
      while (isWriting) {
        await writing;
      }
      if (failed !== undefined) {
        throw failed;
      }
    },
  };
}

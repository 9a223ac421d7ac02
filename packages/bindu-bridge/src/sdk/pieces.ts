// Handlers that stream: what they yield, piece by piece, and the whole answer at the end.

import { raceSignal } from "@x/core/base";
import { a2aMetadataKey, chunkMetadataKey, deltaChunk } from "../wire/handler-headers.ts";
import {
  type Answer,
  type AnswerRules,
  answerOf,
  checkLength,
  isResponse,
  plain,
  textOf,
  texts,
  tooLong,
} from "./answer.ts";

/** Whether a handler's result is to be iterated. Text, lists and bytes are values. */
export function isPieces(result: unknown): result is AsyncIterable<unknown> | Iterable<unknown> {
  return (
    typeof result === "object" &&
    result !== null &&
    (Symbol.asyncIterator in result || Symbol.iterator in result) &&
    !Array.isArray(result) &&
    !ArrayBuffer.isView(result)
  );
}

/** Whether a function is a generator by how it is written. */
export function isGenerator(handler: object): boolean {
  return /^\[object (?:Async)?GeneratorFunction\]$/.test(Object.prototype.toString.call(handler));
}

/**
 * Each piece as a chunk, and then, last and final, the whole answer: all texts joined, or the first response with a state, which ends
 * the iteration. An abort ends it too, also while a piece is waited for.
 *
 * @throws the reason of the signal; HandlerFailure for what is no answer
 */
export async function* answersOf(
  pieces: AsyncIterable<unknown> | Iterable<unknown>,
  rules: AnswerRules,
  signal: AbortSignal,
): AsyncGenerator<Answer, void, void> {
  const iterator =
    Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  const parts: string[] = [];
  let bytes = 0;
  /** The first half of a pair whose second half is still to come. */
  let half = "";
  let metadata: Record<string, string> = {};
  let ended = false;
  try {
    while (!ended) {
      const step = await raceSignal(Promise.resolve(iterator.next()), signal);
      ended = step.done === true;
      // What a generator returns counts as its last piece.
      const piece: unknown = await raceSignal(Promise.resolve(step.value), signal);
      if (isResponse(piece)) {
        if (piece.state !== undefined) {
          yield checkLength(answerOf(piece, rules), rules);
          return;
        }
        metadata = { ...metadata, ...texts(piece.metadata, rules) };
      }
      const said = isResponse(piece) ? piece.content : piece;
      const raw = half + (typeof said === "string" ? said : textOf(said ?? ""));
      half = ended ? "" : (/[\ud800-\udbff]$/.exec(raw)?.[0] ?? "");
      const text = raw.slice(0, raw.length - half.length).toWellFormed();
      if (text === "") {
        continue;
      }
      bytes += Buffer.byteLength(text);
      if (bytes > rules.maxBytes) {
        throw tooLong(bytes, rules.maxBytes);
      }
      parts.push(text);
      if (isResponse(piece) && a2aMetadataKey in Object(piece.metadata)) {
        // Its text stands for what only some cores show: told as a piece, those would show both.
        continue;
      }
      yield { content: text, isFinal: false, metadata: { [chunkMetadataKey]: deltaChunk } };
    }
    yield checkLength(answerOf({ content: parts.join(""), metadata }, rules), rules);
  } finally {
    if (!ended) {
      leave(iterator);
    }
  }
}

/** Tells the iteration that nobody reads on. One that waits for something else than its signal hears of it behind that. */
function leave(iterator: AsyncIterator<unknown> | Iterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).catch(() => {});
  } catch {
    // Its own cleanup failed; the call has its outcome already.
  }
}

/** The last of the answers: the whole one. */
export async function lastAnswer(answers: AsyncIterable<Answer>): Promise<Answer> {
  let last = plain("");
  for await (const answer of answers) {
    last = answer;
  }
  return last;
}

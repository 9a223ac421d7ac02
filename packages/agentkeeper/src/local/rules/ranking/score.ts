// The numbers of BM25 over weighted fields, and half a point of mercy for typing errors.
import { fieldWeights, type PerField } from "./document.ts";

const saturation = 1.2; // k1: how fast repeats of a word stop counting
const lengthPenalty = 0.75; // b: how much a long field dilutes its words

/** What a likeness of 1 between a query word and a card's word is worth. */
export const typoWeight = 0.5;
/** Shorter words are too alike by chance to be taken for misspellings of each other. */
export const typoMinimumLength = 4;
/** Words less alike than this are different words. */
export const typoMinimumLikeness = 0.5;

/** How much a stem says that `holders` of `documents` documents contain: the fewer the more. */
export function rarity(holders: number, documents: number): number {
  return Math.log(1 + (documents - holders + 0.5) / (holders + 0.5));
}

/** What one stem adds to the score of a document that has it `counts` times. */
export function stemScore(
  rarityOfStem: number,
  counts: Readonly<PerField>,
  lengths: Readonly<PerField>,
  averageLengths: Readonly<PerField>,
): number {
  const frequency =
    (fieldWeights[0] * counts[0]) / dilution(lengths[0], averageLengths[0]) +
    (fieldWeights[1] * counts[1]) / dilution(lengths[1], averageLengths[1]) +
    (fieldWeights[2] * counts[2]) / dilution(lengths[2], averageLengths[2]);
  return (rarityOfStem * frequency) / (saturation + frequency);
}

/** A field that is empty in the whole collection dilutes nothing. */
function dilution(length: number, average: number): number {
  return average === 0 ? 1 : 1 - lengthPenalty + (lengthPenalty * length) / average;
}

/** Scores are compared in millionths, so that the order of additions never decides. */
export function roundScore(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}

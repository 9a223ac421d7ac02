// The reactions that a network knows, and the emoji that stand for some of them.

/** All of them, in the order in which a network lists them. */
export const reactionTypes = [
  "+1",
  "-1",
  "like",
  "heart",
  "laugh",
  "wow",
  "sad",
  "angry",
  "thumbs_up",
  "thumbs_down",
  "smile",
  "ok",
  "done",
  "fire",
  "party",
  "clap",
  "check",
  "cross",
  "eyes",
  "thinking",
] as const;

export type ReactionType = (typeof reactionTypes)[number];

const emoji: ReadonlyMap<string, ReactionType> = new Map([
  ["👍", "thumbs_up"],
  ["👎", "thumbs_down"],
  ["❤", "heart"],
  ["🎉", "party"],
  ["👀", "eyes"],
  ["✅", "check"],
  ["🔥", "fire"],
  ["😄", "laugh"],
  ["👏", "clap"],
]);

/** The reaction of a name or an emoji; `undefined` for what is none. */
export function reactionOf(text: string): ReactionType | undefined {
  // U+FE0F asks for the coloured picture, and skin tones are no reactions of their own.
  const plain = text.replaceAll(/\uFE0F|\p{Emoji_Modifier}/gu, "");
  return emoji.get(plain) ?? reactionTypes.find((type) => type === text);
}

const pictures: ReadonlyMap<string, string> = new Map([...emoji].map(([picture, type]) => [type, picture]));

/** The emoji of a reaction, or its name where it has none. */
export const pictureOf = (type: string): string => pictures.get(type) ?? type;

// Texts for people: how long they are, and whether there is anything to see.

/** Characters, each code point counted once: what the wire means by a length. */
export const lengthOf = (text: string): number => Array.from(text).length;

/** Whether a text has a character that is seen, and is not only blank, ignored or a mark for the direction of others. */
export const isVisible = (text: string): boolean => /[^\s\p{C}\p{M}\p{Z}\p{DI}\u2800]|\p{Cn}/u.test(text);

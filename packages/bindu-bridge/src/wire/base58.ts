// Base58 with Bitcoin's alphabet and no prefix: how keys and signatures are written here.

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const values = new Map(Array.from(alphabet, (character, value) => [character, value]));

/**
 * Longest text that is decoded, and most bytes that are encoded: the work grows with the square of it, and keys and signatures have
 * 44 and 88 characters.
 */
const longest = 4_096;

/** @throws RangeError above 4,096 bytes */
export function base58encode(bytes: Uint8Array): string {
  if (bytes.length > longest) {
    throw new RangeError(`base58encode: ${bytes.length} bytes are more than the limit of ${longest}`);
  }
  const zeros = leading(bytes, 0);
  // Five digits at a time: every artifact is signed, and the work is a fifth of a fifth.
  const groups = convert(bytes.subarray(zeros), 256, 58 ** 5);
  const digits = groups.map((group) => digitsOf(group)).join("");
  return alphabet.charAt(0).repeat(zeros) + digits.slice(leading(digits, alphabet.charAt(0)));
}

/** Five digits of a number below 58 to the fifth. */
function digitsOf(group: number): string {
  let text = "";
  for (let rest = group, place = 0; place < 5; place += 1) {
    text = alphabet.charAt(rest % 58) + text;
    rest = Math.floor(rest / 58);
  }
  return text;
}

/** The bytes, or `undefined` for a text that is no base58 or has more than 4,096 characters. */
export function base58decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > longest) {
    return undefined;
  }
  const digits: number[] = [];
  for (const character of text) {
    const value = values.get(character);
    if (value === undefined) {
      return undefined;
    }
    digits.push(value);
  }
  const zeros = leading(digits, 0);
  const bytes = convert(digits.slice(zeros), 58, 256);
  const decoded = new Uint8Array(zeros + bytes.length);
  decoded.set(bytes, zeros);
  return decoded;
}

function leading<Digit>(digits: ArrayLike<Digit>, value: Digit): number {
  let count = 0;
  while (count < digits.length && digits[count] === value) {
    count += 1;
  }
  return count;
}

/** The digits of a number in another base, the most significant first. */
function convert(digits: ArrayLike<number>, from: number, to: number): number[] {
  const result: number[] = [];
  for (let index = 0; index < digits.length; index += 1) {
    let carry = digits[index] ?? 0;
    for (let place = 0; place < result.length; place += 1) {
      carry += (result[place] ?? 0) * from;
      result[place] = carry % to;
      carry = Math.floor(carry / to);
    }
    for (; carry > 0; carry = Math.floor(carry / to)) {
      result.push(carry % to);
    }
  }
  return result.reverse();
}

// Two orders of object keys: by UTF-16 unit, as JavaScript and RFC 8785 have it, and by code point, as Python has it.

/** Negative if `a` comes first by Unicode code point. Differs from `<` only where one side has a surrogate. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) {
      return rank(left) - rank(right);
    }
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they rank behind U+E000 to U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}

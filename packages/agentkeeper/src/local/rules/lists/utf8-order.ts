// The order of texts by their UTF-8 bytes, which is how the wire orders ids.

/**
 * Negative, zero or positive as `a` stands before, with or after `b` by bytes. JavaScript's own `<` goes by UTF-16
 * units, which puts U+10000 and above (surrogates) before U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) {
      return rankOfUnit(left) - rankOfUnit(right);
    }
  }
  return a.length - b.length;
}

/** Moves the surrogates behind all other units, and keeps every other order. */
function rankOfUnit(unit: number): number {
  if (unit < 0xd800) {
    return unit;
  }
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

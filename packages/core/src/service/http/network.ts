// Where a request comes from, as far as a stranger cannot choose it.

/**
 * The network of a socket's other end: an IPv4 address, or the first 64 bits of an IPv6 address, for whoever has one of
 * these has them all.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) {
    return plain;
  }
  const [head = [], tail = []] = plain
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  // Two colons stand for as many zeros as are missing.
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const groups = [...head, ...zeros, ...tail];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

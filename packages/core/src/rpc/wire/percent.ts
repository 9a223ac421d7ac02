// The percent coding of grpc-message: UTF-8 bytes outside printable ASCII, and "%" itself, as %XX.

const plain = /^[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?$/;

/** Encodes a status message. Text that is plain ASCII stays as it is. */
export function percentEncode(text: string): string {
  if (plain.test(text)) {
    return text;
  }
  const bytes = Buffer.from(text, "utf8");
  let encoded = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    // HTTP/2 refuses blanks at either end of a value.
    const edgeBlank = byte === 0x20 && (i === 0 || i === bytes.length - 1);
    const asIs = byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && !edgeBlank;
    encoded += asIs ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Decodes a status message. What is not valid percent coding stays as it was sent: a status is never lost over it. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) {
    return text;
  }
  const bytes: number[] = [];
  const raw = Buffer.from(text, "utf8");
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0;
    const hex = byte === 0x25 ? raw.toString("latin1", i + 1, i + 3) : "";
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else {
      bytes.push(byte);
    }
  }
  return Buffer.from(bytes).toString("utf8");
}

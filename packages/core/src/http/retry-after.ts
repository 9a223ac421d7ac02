// The server's wish on when to come back (RFC 9110, section 10.2.3): seconds, or a date.

const seconds = /^\d{1,9}(?:\.\d{1,6})?$/;

/**
 * Milliseconds to wait; `undefined` if the header is absent, or names a date that has passed, as clocks differ; `Infinity` if it
 * cannot be understood, for a server that wants to be left alone must not be asked again at once.
 *
 * @param nowWall milliseconds since the epoch.
 */
export function retryAfterMs(header: string | null | undefined, nowWall: number): number | undefined {
  if (header === null || header === undefined) {
    return undefined;
  }
  const text = header.trim();
  if (seconds.test(text)) {
    return Math.ceil(Number(text) * 1_000);
  }
  // Date.parse takes almost anything, also "-1" and "5 apples"; a date of HTTP begins with the name of a day.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) {
    return Number.POSITIVE_INFINITY;
  }
  return date > nowWall ? date - nowWall : undefined;
}

// The server's wish on when to come back (RFC 9110, section 10.2.3): seconds, or a date.

const seconds = /^\d{1,9}(?:\.\d{1,6})?$/;

/**
 * Milliseconds to wait, or `undefined` if the header is absent or says nothing that can be understood. A date in the past
 * is 0.
 *
 * @param nowWall milliseconds since the epoch.
 */
export function retryAfterMs(header: string | null | undefined, nowWall: number): number | undefined {
  const text = header?.trim() ?? "";
  if (seconds.test(text)) {
    return Math.ceil(Number(text) * 1_000);
  }
  // Date.parse takes almost anything, also "-1" and "5 apples"; a date of HTTP begins with the name of a day.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowWall);
}

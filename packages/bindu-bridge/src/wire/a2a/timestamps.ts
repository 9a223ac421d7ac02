// Timestamps of ProtoJSON: read with any offset and up to nine digits, written in UTC with milliseconds.

const form = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s?([Zz]|[+-]\d{2}:?\d{2})?$/;

/**
 * Milliseconds since 1970, with what lies behind them as a fraction; `undefined` for what is no time. A text without an
 * offset is of UTC where `withoutOffset` lets it be.
 */
export function readTimestamp(
  text: string,
  { withoutOffset = false }: { readonly withoutOffset?: boolean } = {},
): number | undefined {
  const [, date, time, fraction = "", offset] = form.exec(text) ?? [];
  if (date === undefined || time === undefined || (offset === undefined && !withoutOffset)) {
    return undefined;
  }
  const zone = (offset ?? "Z").toUpperCase().replace(/^(.\d{2})(\d{2})$/, "$1:$2");
  const seconds = Date.parse(`${date}T${time}${zone}`);
  // Date.parse takes the 30th of February for the 2nd of March.
  const isReal = new Date(Date.parse(`${date}T00:00:00Z`) || 0).toISOString().startsWith(date);
  return Number.isNaN(seconds) || !isReal ? undefined : seconds + Number(`0.${fraction || "0"}`) * 1_000;
}

/** `YYYY-MM-DDTHH:mm:ss.sssZ` */
export function writeTimestamp(wallMs: number): string {
  return new Date(Math.floor(wallMs)).toISOString();
}

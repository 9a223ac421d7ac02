// Times as the wire writes them: Python's isoformat in UTC, with six digits or none behind the second.

export function isoformat(ms: number): string {
  const text = new Date(ms).toISOString();
  const fraction = text.slice(20, 23);
  return fraction === "000" ? `${text.slice(0, 19)}+00:00` : `${text.slice(0, 19)}.${fraction}000+00:00`;
}

// A double as Python prints it: the same shortest digits as JavaScript, but other thresholds and always a point or exponent.

/** `repr(x)` of a finite double: `1.0`, `1e-05`, `1e+16`. */
export function pythonFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  // Without an argument toExponential gives the shortest digits that round-trip.
  const [mantissa = "0", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const point = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${point}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) {
    return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  }
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

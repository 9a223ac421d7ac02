// What Node and users hand us, known by its shape: where it comes from another realm, as in a test runner that gives each test
// a global scope of its own, it is no instance of our `Error`, `Date` or `Map`.

/** An error, of whatever realm. */
export function isError(value: unknown): value is Error {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    "message" in value &&
    typeof value.message === "string" &&
    "name" in value &&
    typeof value.name === "string"
  );
}

/** The text of what was thrown, whatever it is. */
export function messageOf(thrown: unknown): string {
  try {
    const message: unknown = Object(thrown).message;
    return typeof message === "string" && message !== "" ? message : String(thrown);
  } catch {
    return "what was thrown has no text";
  }
}

/** The code of an error of the system, such as `ENOENT`. */
export function codeOf(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
}

/** Whether it is of a built-in class, of whatever realm. Most objects are plain, and are not looked at further. */
function isOf(value: unknown, tag: string): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    Object.prototype.toString.call(value) === tag
  );
}

export const isDate = (value: unknown): value is Date => isOf(value, "[object Date]");

export const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => isOf(value, "[object Map]");

export const isSet = (value: unknown): value is ReadonlySet<unknown> => isOf(value, "[object Set]");

export const isArrayBuffer = (value: unknown): value is ArrayBuffer => isOf(value, "[object ArrayBuffer]");

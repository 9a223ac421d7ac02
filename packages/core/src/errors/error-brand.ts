// Lets `instanceof` recognise an error of a second copy of this package (two versions in one program, two realms).

const brandKey: unique symbol = Symbol.for("@x/core/error-brand");

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Gives an error class a name that survives minifiers and by which copies of the class know each other's errors.
 * Called once per class, in its static block: `static { brandError(this, "@x/grid", "GridError"); }`.
 */
export function brandError(errorClass: ErrorClass, packageName: string, className: string): void {
  const prototype: object = errorClass.prototype;
  Object.defineProperty(prototype, "name", { value: className, configurable: true, writable: true });
  Object.defineProperty(prototype, brandKey, { value: `${packageName}/${className}` });
}

/** `instanceof` for branded classes: by brand where the class has one, by prototype where a subclass has none. */
export function isBrandedInstance(errorClass: ErrorClass, value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const own: object = errorClass.prototype;
  const brand = brandOf(own);
  for (
    let link: object | null = Object.getPrototypeOf(value);
    link !== null;
    link = Object.getPrototypeOf(link)
  ) {
    if (link === own || (brand !== undefined && brandOf(link) === brand)) {
      return true;
    }
  }
  return false;
}

function brandOf(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, brandKey)?.value;
}

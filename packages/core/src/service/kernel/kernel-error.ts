// What a runner answers instead of a reply, when the fault is its own and not the command's.

/** Why a runner could not serve a command. Nothing has changed in any of these cases but `internal`. */
export type KernelErrorCode = "store_unavailable" | "shutting_down" | "overloaded" | "internal";

/** A runner could not serve a command. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

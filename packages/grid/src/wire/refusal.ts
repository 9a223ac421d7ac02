// Why what came over the wire, or was to go, is refused: the wire's own word and what it is about.

/** A refusal in the words of the wire. Each end makes its own error of it. */
export class WireRefusal extends Error {
  override readonly name = "WireRefusal";
  /** The stable word, such as `bad_signature`. */
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(reason: string, message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.reason = reason;
    this.data = data;
  }
}

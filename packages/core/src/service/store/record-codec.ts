// How a service's records are stored.

/** A stored value. */
export type Stored = string | Uint8Array;

/** Turns records into what is stored, and back. */
export interface RecordCodec<Record> {
  /** Text must be well-formed and free of NUL, as JSON is; anything else goes as bytes. */
  encode(record: Record): Stored;
  /** Receives what `encode` gave. */
  decode(stored: Stored): Record;
}

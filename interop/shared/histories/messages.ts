// What the driver and a load process say to each other.

/** How a load process is set up; its first argument, as JSON. */
export interface LoadSettings {
  /** Unlike that of any other load process. */
  readonly name: string;
  readonly port: number;
  /** Where its calls are written down. */
  readonly file: string;
  readonly seed: number;
  /** Agents at a time. */
  readonly lanes: number;
}

/** `Step` is one step of a staged scene. */
export type ToLoad<Step, Answer> =
  | { readonly type: "step"; readonly id: number; readonly step: Step }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly type: "stop" };

export type FromLoad<Question> =
  /** The first agent is at work, or there are to be none. */
  | { readonly type: "started" }
  /** `answer` is "ok", "refused", or what went wrong. */
  | { readonly type: "did"; readonly id: number; readonly answer: string }
  /** For what all load processes share, which lives in the driver. */
  | { readonly type: "ask"; readonly id: number; readonly question: Question };

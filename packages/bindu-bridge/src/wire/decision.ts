// What an answer means for its task: it asks for more, or it completes it.

import { findStateObject } from "./state-object.ts";
import { wellFormed } from "./well-formed.ts";

/** The next state of a task, and what the agent's message says. */
export interface Decision {
  readonly state: "input-required" | "auth-required" | "completed";
  /** A text, or a value of JSON. Of a completed task always the answer itself, from which its artifact is made. */
  readonly content: unknown;
}

/** Decides by the answer of an agent: a text, in which a state object counts, or an object with a state. */
export function decideAnswer(answer: string | Readonly<Record<string, unknown>>): Decision {
  const inText = typeof answer === "string";
  const said = inText ? findStateObject(answer) : answer;
  switch (said?.state) {
    case "input-required":
    case "auth-required":
      return { state: said.state, content: wellFormed(contentOf(answer, said, inText)) };
    case "payment-required":
      return { state: "input-required", content: wellFormed(inText ? said : contentOf(answer, said, false)) };
    default:
      return { state: "completed", content: wellFormed(answer) };
  }
}

/** A prompt in a text counts if its key is there at all; one beside a state counts if it says anything. */
function contentOf(answer: unknown, said: Readonly<Record<string, unknown>>, inText: boolean): unknown {
  const counts = inText ? Object.hasOwn(said, "prompt") : Boolean(said.prompt);
  return counts ? said.prompt : answer;
}

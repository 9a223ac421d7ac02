// What goes wrong at the port of an agent: refusals of the rules as problems of HTTP, and what stands at no route.
import { HttpProblem, type ProblemAnswer, text } from "@x/core/service";
import type { Refusal, RefusalReason } from "../rules/model/refusal.ts";

/** Statuses of what the rules refuse, where a wire has no own ones. */
const statuses: { readonly [Reason in RefusalReason]: number } = {
  url_served: 409,
  too_many_agents: 409,
  agent_not_found: 404,
  task_not_found: 404,
  task_exists: 409,
  task_terminal: 409,
  not_cancelable: 409,
  context_mismatch: 400,
  context_not_found: 404,
  push_not_found: 404,
  push_mismatch: 404,
  too_many_pushes: 400,
  key_reused: 409,
  too_much: 429,
  stale: 409,
};

export const refusalProblem = ({ refused, detail, state }: Refusal): HttpProblem =>
  new HttpProblem(statuses[refused], refused, detail, { fields: state === undefined ? {} : { state } });

/** In the words of the official server, where it has any. */
const words: Readonly<Record<number, string>> = {
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
};

export const plainProblem: ProblemAnswer = ({ status, message }) =>
  text(status, "text/plain; charset=utf-8", words[status] ?? message);

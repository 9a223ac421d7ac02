// Grid's tasks, messages and nodes in the terms of A2A, and back: plain data. Nothing here claims that Grid's wire is A2A.

export { type A2AAgentCard, nodeToAgentCard } from "./agent-card.ts";
export { messageFromA2A, messageToA2A, taskFromA2A, taskToA2A } from "./tasks.ts";
export type { A2AObject, A2AOptions, A2AVersion, Mapped } from "./words.ts";
export { stateFromA2A, stateToA2A } from "./words.ts";

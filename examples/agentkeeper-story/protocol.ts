// What the story tells an agent process to do, and what the process tells back, over Node's IPC channel.

export type Order =
  | { readonly order: "race"; readonly key: string }
  | { readonly order: "claim" }
  | { readonly order: "complete"; readonly taskId: string; readonly output: string }
  | { readonly order: "fail"; readonly taskId: string; readonly reason: string }
  | { readonly order: "campaign"; readonly group: string };

export type Report =
  | { readonly report: "registered"; readonly agentId: string }
  | { readonly report: "raced"; readonly won: boolean; readonly token: string }
  | { readonly report: "claimed"; readonly taskId: string; readonly retryCount: number }
  | { readonly report: "done" }
  | { readonly report: "leading"; readonly term: string }
  | { readonly report: "standing by"; readonly leader: string };

// The MCP kit: a service says what its tools are, and has them served to language models over stdio and HTTP.
export { type ListAnswer, type ListSpec, listAnswer, type ToolAnswer } from "./answer.ts";
export { type McpService, mcpCommand, type OpenedTools } from "./command.ts";
export type { News } from "./news.ts";
export { defineTool, type Tool, type ToolContext, type ToolHints, type ToolSpec } from "./tool.ts";

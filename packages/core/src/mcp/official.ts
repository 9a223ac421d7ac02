// All that the kit takes from the official MCP packages. They bring nine megabytes, of which this needs a few hundred kilobytes: the
// build bundles them behind this file (scripts/bundle.ts), so that who installs a client does not install them too.
export {
  hostHeaderValidation,
  type NodeIncomingMessageLike,
  type NodeServerResponseLike,
  originValidation,
  toNodeHandler,
} from "@modelcontextprotocol/node";
export {
  type CallToolResult,
  createMcpHandler,
  type EventStore,
  isLegacyRequest,
  type JSONRPCMessage,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
export { serveStdio } from "@modelcontextprotocol/server/stdio";

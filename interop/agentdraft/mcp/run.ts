// The official MCP server, a user of the official Python client, against our server.
import { pytestSuite } from "../../shared/pytest.ts";

export const { prepare, run } = pytestSuite("agentdraft-mcp", import.meta.dirname);

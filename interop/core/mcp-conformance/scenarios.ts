// The server scenarios of the official MCP conformance suite: which apply to the kit, and why the others do not.

/** Those that any of our MCP servers must pass. */
export const ofEveryServer = [
  "server-initialize",
  "ping",
  "tools-list",
  "server-sse-multiple-streams",
  "dns-rebinding-protection",
] as const;

/** Those that call the suite's own tools. */
export const ofTools = [
  "tools-call-simple-text",
  "tools-call-error",
  "tools-call-with-progress",
  "json-schema-2020-12",
  "server-sse-polling",
] as const;

/**
 * How many recommendations are not followed, and why: the suite asks as a client of 2025-03-26, to which the specification lets
 * no server send the empty events that newer clients resume from. Core's own tests hold it for those (`test/mcp/http.test.ts`).
 */
export const warnings: Readonly<Record<string, number>> = { "server-sse-polling": 2 };

const onlyJson = "tools of the kit answer JSON as text and structure, and no media";
const toolsAlone = "the kit offers tools alone; the capability is not declared";
const stderr = "logs go to stderr; the capability is not declared, and the revision of 2026 deprecates it";
const asksNothing = "tools of the kit ask their caller for nothing while they run";

/** Those that do not apply, and why. */
export const notApplicable: Readonly<Record<string, string>> = {
  "tools-call-image": onlyJson,
  "tools-call-audio": onlyJson,
  "tools-call-embedded-resource": onlyJson,
  "tools-call-mixed-content": onlyJson,
  "logging-set-level": stderr,
  "tools-call-with-logging": stderr,
  "tools-call-sampling": asksNothing,
  "tools-call-elicitation": asksNothing,
  "elicitation-sep1034-defaults": asksNothing,
  "elicitation-sep1330-enums": asksNothing,
  "completion-complete": toolsAlone,
  "resources-list": toolsAlone,
  "resources-read-text": toolsAlone,
  "resources-read-binary": toolsAlone,
  "resources-templates-read": toolsAlone,
  "resources-subscribe": toolsAlone,
  "resources-unsubscribe": toolsAlone,
  "prompts-list": toolsAlone,
  "prompts-get-simple": toolsAlone,
  "prompts-get-with-args": toolsAlone,
  "prompts-get-embedded-resource": toolsAlone,
  "prompts-get-with-image": toolsAlone,
};

// The card of an agent, in whichever of its forms a server has it, and the interface that a client takes from it.

import { Fields, isJsonObject, tolerant } from "../../wire/a2a/fields.ts";
import type { Metadata } from "../../wire/a2a/objects.ts";
import { readVersion } from "../../wire/a2a/versions.ts";
import { localProblem } from "./errors.ts";

/** What is spoken: A2A of either version, or Bindu's own dialect. */
export type A2ADialect = "1.0" | "0.3" | "bindu";

export type A2ABinding = "JSONRPC" | "HTTP+JSON";

/** What a caller wants to speak, where an agent has several. */
export interface WantedInterface {
  /** Speaks this. @default the first of the card that is understood, 1.0 before 0.3 */
  readonly dialect?: A2ADialect | undefined;
  readonly binding?: A2ABinding | undefined;
}

/** Where and how an agent is called. */
export interface A2AInterface {
  readonly dialect: A2ADialect;
  readonly binding: A2ABinding;
  readonly url: string;
  readonly tenant?: string | undefined;
}

export interface AgentExtension {
  readonly uri: string;
  readonly description?: string | undefined;
  readonly required: boolean;
  readonly params?: Metadata | undefined;
}

export interface AgentSkill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** An agent as it introduces itself. What is not here stands in `raw`. */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly streaming: boolean;
  readonly pushNotifications: boolean;
  readonly extensions: readonly AgentExtension[];
  readonly skills: readonly AgentSkill[];
  readonly defaultInputModes: readonly string[];
  readonly defaultOutputModes: readonly string[];
  /** The agent's DID, if an extension names one. */
  readonly did?: string | undefined;
  /** The interfaces that a client of this package can use, best first. */
  readonly interfaces: readonly A2AInterface[];
  /** The card as it came. */
  readonly raw: unknown;
}

/** Reads a card that was found at an address, against which its relative URLs stand. */
export function readCard(raw: unknown, foundAt: string): AgentCard {
  const fields = new Fields(raw, "", tolerant);
  const capabilities = new Fields(fields.value("capabilities") ?? {}, "", tolerant);
  const extensions = capabilities.list("extensions", readExtension) ?? [];
  const did = extensions.find(({ uri }) => uri.startsWith("did:"))?.uri;
  return {
    name: fields.anyText("name") ?? "",
    description: fields.anyText("description") ?? "",
    version: fields.anyText("version") ?? "",
    streaming: capabilities.flag("streaming") ?? false,
    pushNotifications: capabilities.flag("pushNotifications") ?? false,
    extensions,
    skills: fields.list("skills", readSkill) ?? [],
    defaultInputModes: fields.texts("defaultInputModes") ?? [],
    defaultOutputModes: fields.texts("defaultOutputModes") ?? [],
    did,
    interfaces: interfacesOf(fields, foundAt, did?.startsWith("did:bindu:") === true),
    raw,
  };
}

function readExtension(value: unknown): AgentExtension {
  const fields = new Fields(value, "", tolerant);
  return {
    uri: fields.anyText("uri") ?? "",
    description: fields.text("description"),
    required: fields.flag("required") ?? false,
    params: fields.struct("params"),
  };
}

function readSkill(value: unknown): AgentSkill {
  const fields = new Fields(value, "", tolerant);
  const name = fields.anyText("name") ?? "";
  return {
    id: fields.text("id") ?? name,
    name,
    description: fields.anyText("description") ?? "",
    tags: fields.texts("tags") ?? [],
  };
}

/** The versions of A2A, the newer first; within one the order of the card. */
function interfacesOf(fields: Fields, foundAt: string, isBindu: boolean): readonly A2AInterface[] {
  const supported = fields.value("supportedInterfaces");
  if (Array.isArray(supported) && supported.length > 0) {
    const found = supported.flatMap((one) => interfaceOf(one, "protocolBinding", undefined, foundAt));
    return [
      ...found.filter(({ dialect }) => dialect === "1.0"),
      ...found.filter(({ dialect }) => dialect !== "1.0"),
    ];
  }
  const url = fields.text("url");
  if (isBindu) {
    return [{ dialect: "bindu", binding: "JSONRPC", url: resolved(url ?? "/", foundAt) ?? foundAt }];
  }
  const version = fields.text("protocolVersion") ?? "0.3";
  const own = { url, transport: fields.text("preferredTransport") ?? "JSONRPC" };
  const others = fields.value("additionalInterfaces");
  return [own, ...(Array.isArray(others) ? others : [])].flatMap((one) =>
    interfaceOf(one, "transport", version, foundAt),
  );
}

/** An interface that can be used; none for others, such as gRPC. */
function interfaceOf(
  value: unknown,
  bindingName: "protocolBinding" | "transport",
  ofCard: string | undefined,
  foundAt: string,
): A2AInterface[] {
  const fields = new Fields(value, "", tolerant);
  const binding = bindingOf(fields.anyText(bindingName) ?? "");
  const url = resolved(fields.anyText("url") ?? "", foundAt);
  // What a card says of its version where that is none of ours: the members it was found by are those of 0.3.
  const said = readVersion(fields.text("protocolVersion") ?? ofCard);
  const dialect = said === "1.0" || said === "0.3" ? said : ofCard === undefined ? undefined : "0.3";
  if (url === undefined || binding === undefined || dialect === undefined) {
    return [];
  }
  // The paths of 0.3 over HTTP+JSON are others.
  return dialect === "0.3" && binding === "HTTP+JSON"
    ? []
    : [{ dialect, binding, url, tenant: fields.text("tenant") }];
}

function bindingOf(text: string): A2ABinding | undefined {
  switch (text.toUpperCase()) {
    case "JSONRPC":
    case "JSON-RPC":
      return "JSONRPC";
    case "HTTP+JSON":
    case "REST":
      return "HTTP+JSON";
    default:
      return undefined;
  }
}

/** The best interface, or the best of those that the caller wants. @throws A2AError `version_not_supported` */
export function chosenInterface(card: AgentCard, { dialect, binding }: WantedInterface): A2AInterface {
  const target = card.interfaces.find(
    (one) => (dialect ?? one.dialect) === one.dialect && (binding ?? one.binding) === one.binding,
  );
  if (target === undefined) {
    const wanted = [dialect, binding].filter((word) => word !== undefined).join(" over ");
    const has = card.interfaces.map((one) => `${one.dialect} over ${one.binding}`).join(", ");
    throw localProblem(
      "VERSION_NOT_SUPPORTED",
      `the agent has no interface ${wanted === "" ? "that this client speaks" : `for ${wanted}`}; it has ${has || "none"}`,
      "card",
    );
  }
  return target;
}

function resolved(url: string, base: string): string | undefined {
  return url !== "" && URL.canParse(url, base) ? new URL(url, base).href.replace(/\/+$/, "") : undefined;
}

/** The key of the agent in a DID document, in base58. */
export function keyOfDidDocument(document: unknown): string | undefined {
  const methods = isJsonObject(document)
    ? (document.authentication ?? document.verificationMethod)
    : undefined;
  const keys = (Array.isArray(methods) ? methods : []).map((method: unknown) =>
    isJsonObject(method) ? method.publicKeyBase58 : undefined,
  );
  return keys.find((key): key is string => typeof key === "string");
}

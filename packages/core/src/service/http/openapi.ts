// The OpenAPI 3.1 document of a service, made from its route definitions by zod's own JSON Schema writer: the packages
// around zod bring validators of their own, which would parse a body before its size and depth are known.
import type { z } from "zod";
import { bytes, jsonType } from "./answer.ts";
import { type DocumentedAnswer, defineRoute, type HttpRoute } from "./route.ts";

/** What the document says beside the routes. */
export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** By the names that routes give in `doc.security`: OpenAPI security scheme objects. */
  readonly securitySchemes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The shape of every error body. */
  readonly errorSchema: z.ZodType;
}

type JsonObject = Record<string, unknown>;
type ToJsonSchema = (schema: z.ZodType, io: "input" | "output") => JsonObject;

/** The document as a plain value. */
export async function openApiDocument(
  routes: readonly HttpRoute[],
  options: OpenApiOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { z } = await import("zod");
  const schemas: JsonObject = {};
  const toSchema: ToJsonSchema = (schema, io) => {
    const { $schema: _dialect, $defs, ...own } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
    for (const [name, definition] of Object.entries($defs ?? {})) {
      schemas[name] = movedReferences(definition);
    }
    return movedReferences(own) as JsonObject;
  };
  const problem = {
    description: "What went wrong, as one flat object",
    content: { "application/json": { schema: toSchema(options.errorSchema, "output") } },
  };
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    if (route.doc.hidden !== true) {
      const described = { [route.method.toLowerCase()]: operation(route, toSchema, problem) };
      paths[route.path] = { ...paths[route.path], ...described };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: options.title,
      version: options.version,
      ...(options.description === undefined ? {} : { description: options.description }),
    },
    paths,
    components: { schemas, securitySchemes: options.securitySchemes ?? {} },
  };
}

/** A public route that serves the document of the other ones. It is made at the first request. */
export function openApiRoute(path: string, routes: readonly HttpRoute[], options: OpenApiOptions): HttpRoute {
  /** Written once: it is long, anybody may ask for it, and so all who do share its bytes. */
  let document: Promise<Uint8Array> | undefined;
  const write = async (): Promise<Uint8Array> =>
    Buffer.from(JSON.stringify(await openApiDocument(routes, options)));
  return defineRoute({
    method: "GET",
    path,
    doc: {
      operationId: "openApi",
      summary: "This service, described for machines",
      answers: { 200: { description: "An OpenAPI 3.1 document" } },
      hidden: true,
    },
    admit: () => undefined,
    async handle() {
      document ??= write();
      return bytes(200, jsonType, await document);
    },
  });
}

function operation({ doc, ...route }: HttpRoute, toSchema: ToJsonSchema, problem: JsonObject): JsonObject {
  const parameters = [
    ...parametersOf(route.params, "path", toSchema),
    ...parametersOf(route.query, "query", toSchema),
    ...Object.entries(doc.headers ?? {}).map(([name, schema]) => ({
      name,
      in: "header",
      required: false,
      schema: toSchema(schema, "input"),
    })),
  ];
  const answers = Object.entries(doc.answers).map(([status, answer]) => [status, answerOf(answer, toSchema)]);
  return {
    operationId: doc.operationId,
    summary: doc.summary,
    ...(doc.description === undefined ? {} : { description: doc.description }),
    ...(doc.tag === undefined ? {} : { tags: [doc.tag] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              [route.body.type]:
                route.body.schema === undefined ? {} : { schema: toSchema(route.body.schema, "input") },
            },
          },
        }),
    responses: { ...Object.fromEntries(answers), default: problem },
    security: doc.security === undefined ? [] : [{ [doc.security]: [] }],
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: "path" | "query",
  toSchema: ToJsonSchema,
): JsonObject[] {
  if (schema === undefined) {
    return [];
  }
  const { properties = {}, required = [] } = toSchema(schema, "input") as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function answerOf({ description, schema, type }: DocumentedAnswer, toSchema: ToJsonSchema): JsonObject {
  if (schema !== undefined) {
    return { description, content: { [type ?? "application/json"]: { schema: toSchema(schema, "output") } } };
  }
  return type === undefined ? { description } : { description, content: { [type]: {} } };
}

/** zod keeps shared shapes beside each schema; the document keeps all of them in one place. */
function movedReferences(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(movedReferences);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === "$ref" && typeof member === "string"
        ? member.replace(/^#\/\$defs\//, "#/components/schemas/")
        : movedReferences(member),
    ]),
  );
}

// The ways in which a route's body is read, beside JSON of a shape: JSON as it was written, forms, bytes.
import type { z } from "zod";
import { type JsonValue, toPlainJson } from "../../json/parse.ts";
import { mediaType, type RequestBody } from "./body.ts";
import type { HttpRequest } from "./exchange.ts";
import { parseJsonBody } from "./json-body.ts";
import { HttpProblem } from "./problem.ts";
import { type RepeatedNames, readPairs } from "./query.ts";
import { shaped } from "./shaped.ts";

/** How a route's body is read. */
export interface BodyReader<Body> {
  /** The media type and the shape, for the OpenAPI document. */
  readonly type: string;
  readonly schema?: z.ZodType | undefined;
  read(request: Pick<HttpRequest, "body" | "header">): Promise<Body>;
}

/** JSON that is known in its spelling too. */
export interface WrittenJson<Shape> {
  /** As it was sent. */
  readonly text: string;
  /** With the text of its numbers, as {@link RequestBody.json} reads it. */
  readonly value: JsonValue;
  /** The plain value in its shape; `undefined` without a schema. */
  readonly shape: Shape;
}

/** JSON whose numbers keep their text, for what is signed, hashed or given back as it was written. */
export function writtenJson<Shape = undefined>(
  schema?: z.ZodType<Shape>,
  {
    strict = true,
  }: { /** Refuses what two readers could read in two ways. @default true */ readonly strict?: boolean } = {},
): BodyReader<WrittenJson<Shape>> {
  return {
    type: "application/json",
    schema,
    async read({ body }) {
      const value = await body.json(strict);
      return {
        text: await body.text(),
        value,
        // An absent schema makes its type `undefined`.
        shape: (schema && shaped(schema, toPlainJson(value))) as Shape,
      };
    },
  };
}

const formType = "application/x-www-form-urlencoded";

/**
 * A form as HTML sends it, its values as texts.
 *
 * @throws {HttpProblem} 415 `unsupported_media_type` for another type, 400 `duplicate_member` where names may not repeat
 */
export function form<Shape>(
  schema: z.ZodType<Shape>,
  { repeated = "refuse" }: { /** @default "refuse" */ readonly repeated?: RepeatedNames } = {},
): BodyReader<Shape> {
  return {
    type: formType,
    schema,
    async read(request) {
      if (mediaType(request.header("content-type")) !== formType) {
        throw new HttpProblem(
          415,
          "unsupported_media_type",
          `this needs the header Content-Type: ${formType}`,
        );
      }
      return shaped(schema, readPairs(await request.body.text(), repeated));
    },
  };
}

/** The bytes as they are, whatever they say. `type` is what the document tells of them. */
export function rawBytes(type = "application/octet-stream"): BodyReader<Buffer> {
  return { type, read: ({ body }) => body.bytes() };
}

/** JSON of a shape, of which the last counts where a name stands twice. */
export function plainJson<Shape>(
  schema: z.ZodType<Shape>,
  body: RequestBody,
  maxDepth: number,
): Promise<{ readonly text: string; readonly shape: Shape }> {
  return body.text().then((text) => ({ text, shape: shaped(schema, parseJsonBody(text, maxDepth)) }));
}

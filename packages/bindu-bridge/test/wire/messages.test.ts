import { create, fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { fromHex, toHex } from "@x/core";
import { describe, expect, test } from "vitest";
import { file_bindu_grpc_agent_handler as file, HandleResponseSchema } from "../../src/proto.ts";
import { flattenMessages, flattenParts } from "../../src/wire/flatten.ts";
import { agentResult, handleRequest } from "../../src/wire/handle-messages.ts";
import { vectors } from "../vectors.ts";

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const file64 = (bytes: string, mimeType?: string): object => ({ kind: "file", file: { bytes, mimeType } });
const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

describe("messages of the wire", () => {
  test.each(vectors.wire)("the bytes of $message $hex are the official ones", ({ message, json, hex }) => {
    const schema = file.messages.find(({ name }) => name === message);
    expect(schema).toBeDefined();
    if (schema !== undefined) {
      expect(toHex(toBinary(schema, fromJson(schema, JSON.parse(JSON.stringify(json)))))).toBe(hex);
    }
  });

  test("S12 names of prototypes in metadata are plain members of the answer", () => {
    const entry = (key: string): string => {
      const bytes = Buffer.from(key, "utf8");
      const inner = Buffer.from([0x0a, bytes.length, ...bytes, 0x12, 1, 0x78]);
      return Buffer.from([0x2a, inner.length, ...inner]).toString("hex");
    };
    const hex = `120161${["__proto__", "constructor", "toString"].map(entry).join("")}`;
    const result = agentResult(fromBinary(HandleResponseSchema, fromHex(hex) ?? new Uint8Array()));
    expect(Object.entries(result)).toEqual([
      ["state", "a"],
      ["__proto__", "x"],
      ["constructor", "x"],
      ["toString", "x"],
    ]);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.getPrototypeOf({})).not.toHaveProperty("x");
  });

  test("S3 the official rows of answers hold", () => {
    for (const { response, result } of vectors.client_conversion) {
      expect(
        agentResult(create(HandleResponseSchema, { ...response, metadata: { ...response.metadata } })),
      ).toEqual(result);
    }
  });

  test("S3 the official rows of requests hold", async () => {
    for (const row of vectors.client_requests) {
      const request = await handleRequest(row.in);
      expect(request.messages.map(({ role, content }) => [role, content])).toEqual(row.wire);
      expect([request.taskId, request.contextId]).toEqual(["", ""]);
    }
  });

  test("S3 lone surrogates are replaced on the way out, and text that is none is refused", async () => {
    expect(await flattenMessages([{ role: "\ud800", content: "a\udc00" }])).toEqual([
      { role: "\ufffd", content: "a\ufffd" },
    ]);
    await expect(flattenMessages([{ content: 5 }])).rejects.toThrow(TypeError);
    await expect(flattenMessages([{ content: null }])).rejects.toThrow(
      "the content of a message must be a string, not null",
    );
    await expect(flattenMessages([{ parts: [{ kind: "text", text: 5 }] }])).rejects.toThrow(TypeError);
    await expect(flattenMessages([{ role: 5, content: "x" }])).rejects.toThrow(TypeError);
  });

  test.each([
    [
      "text parts with one blank",
      [
        { kind: "text", text: "a" },
        { kind: "text", text: "b c" },
      ],
      "a b c",
    ],
    [
      "data as nothing",
      [
        { kind: "data", data: { a: 1 }, text: "no" },
        { kind: "text", text: "b" },
      ],
      "b",
    ],
    [
      "a reference by its address",
      [{ kind: "file", file: { bytes: "", uri: "http://a/b", name: "n" } }],
      "[File reference not fetched: http://a/b]",
    ],
    [
      "a reference by its name",
      [{ kind: "file", file: { bytes: "", name: "n" } }],
      "[File reference not fetched: n]",
    ],
    ["a reference without either", [{ kind: "file", file: {} }], "[File reference not fetched: unknown]"],
    [
      "plain text",
      [file64(base64("é\n"), "text/plain")],
      "--- Document Uploaded ---\né\n\n--- End of Document ---",
    ],
    [
      "an empty text after a byte order mark",
      [file64(base64("\ufeff"), "text/plain; charset=utf-8")],
      "--- Document Uploaded ---\n\ufeff\n--- End of Document ---",
    ],
    [
      "any kind of text",
      [file64(base64("a"), "text/x-any")],
      "--- Document Uploaded ---\na\n--- End of Document ---",
    ],
    [
      "JSON",
      [file64(base64("{}"), "application/json")],
      "--- Document Uploaded ---\n{}\n--- End of Document ---",
    ],
    [
      "XML",
      [file64(base64("<a/>"), "Application/XML")],
      "--- Document Uploaded ---\n<a/>\n--- End of Document ---",
    ],
    ["another type", [file64("AAAA", "image/png")], "[Unsupported file type: image/png]"],
    ["no type", [file64("AAAA")], "[Unsupported file type: ]"],
    ["PDF without a reader", [file64("AAAA", "application/pdf")], "[Unsupported file type: application/pdf]"],
    ["bad base64", [file64("AAA", "text/plain")], "[System: Failed to decode uploaded file data]"],
    ["no base64", [file64("äöü!", "text/plain")], "[System: Failed to decode uploaded file data]"],
    ["no UTF-8", [file64("/w==", "text/plain")], "[System: Failed to decode uploaded file data]"],
    [
      "a note between texts",
      [{ kind: "text", text: "a" }, file64("AAAA", "x/y"), { kind: "text", text: "b" }],
      "a [Unsupported file type: x/y] b",
    ],
    ["what is no part as nothing", [null, "x", [], { kind: "zzz" }, { kind: "text", text: "b" }], "b"],
  ])("parts become text: %s", async (_, parts, text) => {
    expect(await flattenParts(parts)).toBe(text);
  });

  test("documents are read by the reader that is given, and one that fails is told", async () => {
    const pdf = [file64(base64("x"), "application/pdf")];
    const read = { extract: { PDF: (bytes: Uint8Array) => `PDF ${bytes.length} \ud800` } };
    expect(await flattenParts(pdf, read)).toBe(
      "--- Document Uploaded ---\nPDF 1 \ufffd\n--- End of Document ---",
    );
    const failing = { extract: { DOCX: () => Promise.reject(new Error("no")) } };
    expect(await flattenParts([file64("AAAA", docx)], failing)).toBe(
      "--- Document Uploaded ---\n[Error: Could not parse DOCX content]\n--- End of Document ---",
    );
    expect(await flattenParts(pdf, { extract: { PDF: () => undefined } })).toContain(
      "Could not parse PDF content",
    );
    expect(await flattenParts([file64("%", "application/pdf")], read)).toBe(
      "[System: Failed to decode uploaded file data]",
    );
    expect(await flattenParts([file64("AAAA", docx)], read)).toBe(`[Unsupported file type: ${docx}]`);
  });
});

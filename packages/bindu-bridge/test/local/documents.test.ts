// Documents in messages: read in a thread by libraries that may not be there, and harmless whatever they hold.
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DocumentTask } from "../../src/local/engine/document-worker.ts";
import { createDocuments } from "../../src/local/engine/documents.ts";
import { startTestCore } from "./fixture.ts";

const pdfType = "application/pdf";
const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** A page that says a word. */
function pdfSaying(word: string): Buffer {
  const content = `BT /F1 24 Tf 10 100 Td (${word}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = text.length;
    text += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = text.length;
  text += `xref\n0 6\n0000000000 65535 f \n${places.join("")}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${table}\n%%EOF`;
  return Buffer.from(text, "latin1");
}

/** A document of one paragraph: a zip whose files are stored as they are. */
function docxSaying(word: string): Buffer {
  const files = {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels":
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${word}</w:t></w:r></w:p></w:body></w:document>`,
  };
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let place = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), head, path, data]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(place, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), head, entry, path]));
    parts.push(local);
    place += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(3, 4);
  end.writeUInt16LE(3, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(place, 12);
  return Buffer.concat([...parts, list, Buffer.from("PK\x05\x06"), end]);
}

const file = (bytes: Buffer, mimeType: string) => ({
  kind: "file",
  text: "",
  file: { bytes: bytes.toString("base64"), mimeType },
});
const framed = (text: string): string => `--- Document Uploaded ---\n${text}\n--- End of Document ---`;

describe("documents", () => {
  it.each([
    ["a PDF", file(pdfSaying("Hello"), pdfType), framed("Hello")],
    ["a DOCX", file(docxSaying("Hello"), docxType), framed("Hello")],
    [
      "what is no PDF",
      file(Buffer.from("nonsense"), pdfType),
      framed("[Error: Could not parse PDF content]"),
    ],
    [
      "what is no DOCX",
      file(Buffer.from("nonsense"), docxType),
      framed("[Error: Could not parse DOCX content]"),
    ],
  ])("S22 the handler gets the text of %s", async (_, part, text) => {
    await using test = await startTestCore();
    let said = "";
    const agent = await test.agent({
      handleMessages({ messages }) {
        said = messages.at(-1)?.content ?? "";
        return { content: "x" };
      },
    });
    await agent.ask("", { message: { parts: [{ kind: "text", text: "Read:" }, part] } });
    expect(said).toBe(`Read: ${text}`);
  });

  it("S22 a kind that nothing here reads is told to be unsupported, also at its first document", async () => {
    const tasks: DocumentTask["kind"][] = [];
    const documents = createDocuments(({ kind }) => {
      tasks.push(kind);
      return Promise.resolve(kind === "PDF" ? { kind: "missing" } : { kind: "text", text: "read" });
    });
    const parts = [file(Buffer.from("x"), pdfType), file(Buffer.from("x"), docxType)];
    for (let index = 0; index < 2; index += 1) {
      expect(await documents.flatten([{ role: "user", parts }])).toEqual([
        { role: "user", content: `[Unsupported file type: ${pdfType}] ${framed("read")}` },
      ]);
    }
    expect(tasks.filter((kind) => kind === "PDF")).toHaveLength(1);
  });

  it("S24 only so many documents are read at once", async () => {
    let running = 0;
    let most = 0;
    const documents = createDocuments(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return { kind: "text", text: "x" };
    });
    const message = { role: "user", parts: [file(Buffer.from("x"), pdfType)] };
    await Promise.all(Array.from({ length: 10 }, () => documents.flatten([message])));
    expect(most).toBe(2);
  });
});

// Files of a workspace over HTTP.
import { randomUUID } from "node:crypto";
import { defineRoute, HttpProblem, type HttpRoute } from "@x/core/service";
import { z } from "zod";
import { onmPaths } from "../../../wire/paths.ts";
import { baseName } from "../../rules/workspaces/files.ts";
import type { Surface } from "../context.ts";
import { fileAnswer, mostFileBytes, storeBytes } from "../stored-files.ts";
import { fileBody, iso } from "./encode.ts";
import { anyToken, ask, doc, headerToken, ok, open, readable } from "./envelope.ts";
import { fieldsOf, wholeIn } from "./fields.ts";

/** The longest file in base64, with some room for the rest of its request. */
const mostUploadBytes = Math.ceil((mostFileBytes * 4) / 3) + 64 * 1024;

export function fileRoutes(surface: Surface): readonly HttpRoute[] {
  const { engine } = surface;
  const byId = { ...open, params: z.object({ id: z.string() }) } as const;
  return [
    defineRoute({
      ...open,
      method: "POST",
      path: onmPaths.filesBase64,
      maxBodyBytes: mostUploadBytes,
      doc: doc("uploadFile", "Put a file into a workspace"),
      // Nobody makes the server read so much who has no token of any workspace.
      admit: async (request) => {
        const tokenHash = headerToken(request);
        await ask(
          surface,
          { type: "resolveToken", tokenHash },
          { bad_token: "Invalid workspace credentials" },
        );
        return tokenHash;
      },
      body: z.unknown(),
      async handle({ caller: tokenHash, body }) {
        const fields = fieldsOf(body);
        const filename = fields.text("filename");
        const content = fields.text("content_base64");
        const network = fields.text("network");
        const source = fields.text("source");
        const channel = fields.optionalText("channel_name");
        const isPosted = fields.flag("post_to_channel") === true;
        const caption = fields.optionalText("caption");
        await ask(surface, { type: "readWorkspace", network, tokenHash });
        const stored = await storeBytes(surface, randomUUID(), content);
        if (stored === undefined) {
          throw new HttpProblem(400, "bad_request", "Invalid base64 content");
        }
        if (stored.size > mostFileBytes) {
          await engine.blobs.remove(stored.id);
          throw new HttpProblem(413, "too_large", "Request Entity Too Large");
        }
        const createdMs = engine.now().wall;
        const { file } = await ask(surface, {
          type: "addFile",
          network,
          tokenHash,
          file: {
            ...stored,
            filename: `uploaded_files/${stampOf(createdMs)}_${baseName(filename)}`,
            mimeType: fields.optionalText("content_type") ?? "application/octet-stream",
            uploadedBy: source,
            channel,
            createdMs,
          },
          caption: isPosted ? (caption ?? "") : null,
        }).catch(async (error: unknown) => {
          await engine.blobs.remove(stored.id);
          throw error;
        });
        return ok(fileBody(file));
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.files,
      doc: doc("listFiles", "Files of a workspace, newest first"),
      async handle({ request }) {
        const { query } = request;
        const { workspace } = await readable(surface, request);
        const limit = wholeIn(query, "limit", { min: 1, max: 500, fallback: 50 });
        const offset = wholeIn(query, "offset", { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
        const { channel_name: channel, uploaded_by: uploader } = query;
        const files = [...workspace.files.values()]
          .filter(
            (file) =>
              (channel === undefined || file.channel === channel) &&
              (uploader === undefined || file.uploadedBy === uploader),
          )
          .reverse();
        return ok({
          files: files.slice(offset, offset + limit).map((file) => fileBody(file, true)),
          total: files.length,
        });
      },
    }),

    defineRoute({
      ...byId,
      method: "GET",
      path: onmPaths.fileInfo,
      doc: doc("fileInfo", "What is known of a file"),
      async handle({ request, params }) {
        const found = await ask(surface, {
          type: "findFile",
          fileId: params.id,
          tokenHash: anyToken(request),
        });
        const { status: _, ...info } = fileBody(found.file, true);
        return ok(info);
      },
    }),

    defineRoute({
      ...byId,
      method: "GET",
      path: onmPaths.file,
      doc: doc("readFile", "The bytes of a file"),
      async handle({ request, params }) {
        const { file } = await ask(surface, {
          type: "findFile",
          fileId: params.id,
          tokenHash: anyToken(request),
        });
        return await fileAnswer(surface, file);
      },
    }),

    defineRoute({
      ...byId,
      method: "DELETE",
      path: onmPaths.file,
      doc: doc("deleteFile", "Take a file away"),
      async handle({ request, params }) {
        const { file } = await ask(surface, {
          type: "removeFile",
          network: "",
          fileId: params.id,
          tokenHash: headerToken(request),
        });
        if (file.content === null) {
          await engine.blobs.remove(file.id);
        }
        return ok({ id: file.id, status: "deleted" });
      },
    }),
  ];
}

/** Such as `20261121_011208`. */
const stampOf = (ms: number): string => iso(ms).slice(0, 19).replace(/[-:]/g, "").replace("T", "_");

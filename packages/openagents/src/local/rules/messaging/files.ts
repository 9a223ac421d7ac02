// Files of the messaging mod. Their bytes are stored before a rule hears of them.
import { textOf, wholeOf } from "../../../wire/body.ts";
import { baseName } from "../workspaces/files.ts";
import { done, failed, type Handler, invalid, pageOf, requestId } from "./request.ts";

/** What an upload must have, beside its name. */
const demanded = ["file_content", "mime_type", "file_size"] as const;

export const upload: Handler = (request) => {
  const { state, event, turn } = request;
  const { payload, upload: stored } = event;
  const { filename } = payload;
  if (filename === undefined) {
    return invalid(request, "File upload message must have 'filename' in payload");
  }
  if (typeof filename !== "string" || filename.trim() === "") {
    return invalid(request, "filename cannot be empty");
  }
  for (const name of demanded) {
    if (payload[name] === undefined) {
      return invalid(request, `File upload message must have '${name}' in payload`);
    }
  }
  const size = wholeOf(payload.file_size);
  if (size === undefined || size < 0) {
    return invalid(request, "file_size must be a whole number");
  }
  if (stored === undefined || stored === null) {
    return failed(request, "Incorrect padding");
  }
  turn.emit({
    type: "file.added",
    workspaceId: state.homeId,
    file: {
      ...stored,
      filename: baseName(filename),
      mimeType: textOf(payload.mime_type) ?? "application/octet-stream",
      uploadedBy: event.source,
      channel: textOf(payload.channel) ?? null,
      createdMs: turn.now.wall,
    },
  });
  return done("File uploaded successfully", {
    success: true,
    file_id: stored.id,
    filename,
    request_id: requestId(request),
  });
};

export const download: Handler = (request) => {
  const { home, event } = request;
  const file = home.files.get(textOf(event.payload.file_id) ?? "");
  if (file === undefined) {
    return done("File not found", { success: false, error: "File not found", request_id: event.id });
  }
  return {
    ...done("File download completed successfully", {
      success: true,
      file_id: file.id,
      filename: file.filename,
      mime_type: file.mimeType,
      // The bytes come in where they are at hand.
      content: "",
      request_id: event.id,
    }),
    file,
  };
};

export const listFiles: Handler = (request) => {
  const page = pageOf(request.event);
  if (typeof page === "string") {
    return invalid(request, page);
  }
  const { limit, offset } = page;
  const all = [...request.home.files.values()].reverse();
  const channel = textOf(request.event.payload.channel);
  const asked = channel === undefined ? all : all.filter((file) => file.channel === channel);
  const files = asked.slice(offset, offset + limit).map((file) => ({
    file_id: file.id,
    filename: file.filename,
    mime_type: file.mimeType,
    file_size: file.size,
    uploaded_by: file.uploadedBy,
    channel: file.channel,
    timestamp: Math.floor(file.createdMs / 1_000),
  }));
  return done("File list retrieved successfully", {
    success: true,
    files,
    total_count: asked.length,
    offset,
    limit,
    has_more: offset + files.length < asked.length,
    request_id: requestId(request),
  });
};

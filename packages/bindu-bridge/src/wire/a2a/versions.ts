// Which version of A2A a request asks for.

/** What the versions are called that this package speaks. */
export type A2AVersion = "1.0" | "0.3";

/** What a request says of its version. */
export type AskedVersion = A2AVersion | "none" | { readonly unknown: string };

/** Major and minor decide, a patch is ignored, and `1` is 1.0. An empty text says nothing. */
export function readVersion(text: string | undefined): AskedVersion {
  const asked = text?.trim() ?? "";
  if (asked === "") {
    return "none";
  }
  const [, major, minor = "0"] = /^(\d+)(?:\.(\d+)(?:\.\d+)?)?$/.exec(asked) ?? [];
  const version = `${major}.${minor}`;
  return version === "1.0" || version === "0.3" ? version : { unknown: asked };
}

// What both ends say of a call before its headers proper: the path and the content type.

import type { DescMethod } from "@bufbuild/protobuf";

/** The content type of gRPC with protobuf messages. */
export const contentType = "application/grpc+proto";

/** The request path of a method. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

// A request that is not served: the status, one stable word, one sentence, and what else the error body says.

/** What a problem may add to its answer. */
export interface ProblemDetails {
  /** Further members of the error body. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Further headers of the answer, with lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** Thrown by whatever stands between a request and its answer; the surface turns it into the service's error body. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  /** A stable word in snake case, such as `not_found`. */
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    { fields = {}, headers = {}, cause }: ProblemDetails = {},
  ) {
    super(detail, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }
}

/** A request that has not the shape that its route asks for: 400 `invalid_request`, with the field if there is one. */
export function invalidRequest(detail: string, field?: string): HttpProblem {
  return new HttpProblem(400, "invalid_request", detail, field === undefined ? {} : { fields: { field } });
}

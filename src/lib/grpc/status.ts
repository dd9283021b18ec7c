/** @module How a call ends (gRPC's status codes). */

/** grpc/grpc, doc/statuscodes.md. */
export const STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** One of {@link STATUS}. */
export type StatusCode = (typeof STATUS)[keyof typeof STATUS];

/** A status as gRPC writes it: `INVALID_ARGUMENT`. */
export function statusName(code: StatusCode): string {
  const name = Object.keys(STATUS).find((key) => STATUS[key as keyof typeof STATUS] === code) ?? "unknown";
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Ends a call with a status of its own. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: StatusCode;
  /** A `google.rpc.Status`, where the other side has sent one. */
  readonly details: Uint8Array | undefined;

  constructor(code: StatusCode, message: string, details?: Uint8Array) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What answers speaks HTTP/2 and no gRPC. */
export class ForeignAnswerError extends GrpcError {}

/** An answer of a gRPC server that cannot be read. */
export class BadAnswerError extends GrpcError {}

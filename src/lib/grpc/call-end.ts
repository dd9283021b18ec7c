/** @module How a call ended, as its answer says. */
import type { IncomingHttpHeaders } from "node:http2";
import { decodeBinary, decodeStatusMessage } from "./metadata.ts";
import { ForeignAnswerError, GrpcError, STATUS, type StatusCode } from "./status.ts";

/** Bytes of the headers of an answer. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Whether that is no answer of a gRPC server. */
export function isRefused(headers: IncomingHttpHeaders): boolean {
  return Number(headers[":status"]) !== 200 || !/^application\/grpc\b/.test(headers["content-type"] ?? "");
}

/** @param trouble What is wrong with the connection. @returns How a call ended (grpc/grpc, doc/http-grpc-status-mapping.md): `undefined` for a good end. */
export function endOf(
  answer: IncomingHttpHeaders | undefined,
  trailers: IncomingHttpHeaders | undefined,
  trouble: () => string,
): GrpcError | undefined {
  if (answer !== undefined && isRefused(answer)) {
    const status = Number(answer[":status"]);
    return new ForeignAnswerError(
      HTTP_STATUS[status] ?? STATUS.unknown,
      `what answers there is no gRPC server: HTTP status ${status}, content-type ${answer["content-type"] ?? "none"}`,
    );
  }
  const last = trailers ?? answer;
  const code = last?.["grpc-status"];
  if (code === undefined) return new GrpcError(STATUS.unavailable, trouble());
  if (code === "0") return undefined;
  const isKnown = /^(?:[1-9]|1[0-6])$/.test(String(code));
  return new GrpcError(
    isKnown ? (Number(code) as StatusCode) : STATUS.unknown,
    decodeStatusMessage(String(last?.["grpc-message"] ?? "").slice(0, MAX_HEADER_BYTES)),
    detailsOf(last),
  );
}

function detailsOf(headers: IncomingHttpHeaders | undefined): Uint8Array | undefined {
  const details = headers?.["grpc-status-details-bin"];
  return details === undefined ? undefined : decodeBinary(String(details).slice(0, MAX_HEADER_BYTES));
}

const HTTP_STATUS: Readonly<Record<number, StatusCode>> = {
  400: STATUS.internal,
  401: STATUS.unauthenticated,
  403: STATUS.permissionDenied,
  404: STATUS.unimplemented,
  429: STATUS.unavailable,
  502: STATUS.unavailable,
  503: STATUS.unavailable,
  504: STATUS.unavailable,
};

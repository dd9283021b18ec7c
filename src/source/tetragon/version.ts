/** @module Which release of Tetragon answers. */
import { compileDecoder } from "../../encoding/protobuf/compile-decoder.ts";
import { GET_VERSION } from "../../encoding/protobuf/paths.ts";
import { MalformedMessageError, WireReader } from "../../encoding/protobuf/wire-reader.ts";
import { GetVersionResponse } from "../../event/description/generated/sensors.ts";
import type { GrpcClient } from "../../lib/grpc/client.ts";
import { ForeignAnswerError, GrpcError, STATUS } from "../../lib/grpc/status.ts";

const TIMEOUT_MS = 10_000;
const MAX_LENGTH = 128;

/**
 * Asks for it.
 * @returns `v1.7.0`; `undefined` where the server does not know the question.
 * @throws GrpcError when it does not answer.
 */
export async function askVersion(client: GrpcClient): Promise<string | undefined> {
  try {
    const answer = await client.unary(GET_VERSION, new Uint8Array(0), TIMEOUT_MS);
    return readVersion(answer);
  } catch (error) {
    const isUnknown =
      error instanceof GrpcError &&
      !(error instanceof ForeignAnswerError) &&
      error.code === STATUS.unimplemented;
    if (isUnknown) return undefined;
    throw error;
  }
}

function readVersion(answer: Uint8Array): string | undefined {
  const reader = new WireReader();
  try {
    reader.begin(answer, 0, answer.length);
    const { version } = compileDecoder(GetVersionResponse, reader)(0, answer.length);
    return typeof version === "string" && version !== "" ? version.slice(0, MAX_LENGTH) : undefined;
  } catch (error) {
    if (error instanceof MalformedMessageError)
      throw new GrpcError(STATUS.internal, `cannot read the server's version: ${error.message}`);
    throw error;
  }
}

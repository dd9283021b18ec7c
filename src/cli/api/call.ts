/** @module One question to the API of a running agent, and its answer. */
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GrpcClient } from "../../lib/grpc/client.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { TetradError } from "../../os/error.ts";
import { type ServerUse, withServer } from "./connect.ts";

/** Asks over a connection that there is. @throws GrpcError */
export async function ask<M extends DescMethodUnary>(
  client: GrpcClient,
  method: M,
  { request, timeoutMs }: { readonly request: MessageInitShape<M["input"]>; readonly timeoutMs: number },
): Promise<MessageShape<M["output"]>> {
  const bytes = toBinary(method.input, create(method.input, request));
  const answer = await client.unary(`/${method.parent.typeName}/${method.name}`, bytes, timeoutMs);
  try {
    return fromBinary(method.output, answer) as MessageShape<M["output"]>;
  } catch (error) {
    throw new GrpcError(STATUS.internal, `Cannot read the answer to ${method.name}: ${String(error)}`);
  }
}

/**
 * Finds the server and asks.
 * @param task What it is about, to follow "Cannot".
 * @throws TetradError
 */
export async function callServer<M extends DescMethodUnary>(
  server: ServerUse & { readonly task: string },
  method: M,
  request: MessageInitShape<M["input"]>,
): Promise<MessageShape<M["output"]>> {
  try {
    return await withServer(server, (client, timeoutMs) => ask(client, method, { request, timeoutMs }));
  } catch (error) {
    if (error instanceof TetradError && error.cause instanceof GrpcError)
      throw new TetradError("failed", `Cannot ${server.task}: ${error.message}`, { cause: error.cause });
    throw error;
  }
}

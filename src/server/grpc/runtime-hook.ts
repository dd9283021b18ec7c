/** @module `RuntimeHook`: a container runtime says that a container is about to start, and waits for the answer. */
import type { RuntimeHookRequest } from "../../encoding/protobuf/generated/tetragon/tetragon_pb.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { TetradError } from "../../os/error.ts";
import { readContainerReport } from "../../policy/container-report.ts";
import type { ServedAgent } from "../definition.ts";

/**
 * Answers once the container's first process is what policies are asked about.
 * @throws GrpcError `UNAVAILABLE` when they cannot be yet.
 */
export async function runtimeHook(
  { tracingPolicies }: Pick<ServedAgent, "tracingPolicies">,
  { event }: RuntimeHookRequest,
): Promise<object> {
  if (event.case !== "createContainer") return {};
  try {
    await tracingPolicies?.begin(readContainerReport(event.value));
  } catch (error) {
    if (error instanceof TetradError) throw new GrpcError(STATUS.unavailable, error.message);
    throw error;
  }
  return {};
}

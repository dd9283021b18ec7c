/** @module `GetEvents`: the stream of events that a client asks for. */
import type { ServerCall } from "../../../lib/grpc/call.ts";
import { encodeBinary } from "../../../lib/grpc/metadata.ts";
import type { StreamMethod } from "../../../lib/grpc/router.ts";
import { INTRODUCTION_HEADER } from "../../../metadata/introduction-header.ts";
import type { ServedAgent } from "../../definition.ts";
import type { EventStreams } from "./event-streams.ts";

/** Some clients take 8 KB of headers (gRPC's C core, Java) and no more. */
const MAX_INTRODUCTION_BYTES = 4096;

/** The method. */
export function getEvents(streams: EventStreams, agent: ServedAgent): StreamMethod {
  return {
    kind: "stream",
    async handle(request, call) {
      const asked =
        request.length === 0
          ? {}
          : (await import("./stream-request.ts")).readStreamRequest(request, agent, streams.room);
      introduce(call, agent);
      streams.join(call, asked);
    },
  };
}

function introduce(call: ServerCall, agent: ServedAgent): void {
  const introduction = agent.introduce();
  call.begin(
    introduction.length > MAX_INTRODUCTION_BYTES ? {} : { [INTRODUCTION_HEADER]: encodeBinary(introduction) },
  );
}

/** @module What `connect(2)` of a UDP socket means: an event. */
import type { DecoderContext, RecordDecoder } from "../probe.ts";
import { socketDetails, socketEvents } from "../shared/socket-event.ts";
import type { SocketView } from "../shared/socket-record.ts";

const UDP_EVENTS = socketEvents({
  type: "SOCK_DGRAM",
  protocol: "IPPROTO_UDP",
  subsystem: "cgroup",
  event4: "connect4",
  event6: "connect6",
});

/** Makes events of connects. */
export function decodeConnects({ processes, events }: DecoderContext): RecordDecoder<SocketView> {
  return {
    decode(record) {
      const details = socketDetails(record);
      events.add(
        UDP_EVENTS,
        processes.find(record),
        record,
        record.tid,
        record.time_high,
        record.time_low,
        details,
      );
    },
  };
}

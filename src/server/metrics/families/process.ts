/** @module What Prometheus' own clients say of the process that they are in. */
import type { ProcessFigures } from "../../../os/process-figures.ts";
import { counter, type Family, gauge } from "../family.ts";

/** @param startedAt Milliseconds since 1970. */
export function processFamilies(figures: ProcessFigures, startedAt: number): Family[] {
  const of = (value: number | undefined) => value ?? [];
  const max = figures.maxVirtualBytes;
  return [
    counter(
      "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.",
      of(figures.cpuSeconds),
    ),
    gauge("process_max_fds", "Maximum number of open file descriptors.", of(figures.maxDescriptors)),
    gauge("process_open_fds", "Number of open file descriptors.", of(figures.openDescriptors)),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", of(figures.residentBytes)),
    gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      startedAt / 1000,
    ),
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", of(figures.virtualBytes)),
    gauge(
      "process_virtual_memory_max_bytes",
      "Maximum amount of virtual memory available in bytes.",
      // Go's client writes the greatest number that 64 bits hold.
      max === undefined ? [] : Number.isFinite(max) ? max : 18446744073709552000,
    ),
    counter(
      "process_network_receive_bytes_total",
      "Number of bytes received by the process over the network.",
      of(figures.receivedBytes),
    ),
    counter(
      "process_network_transmit_bytes_total",
      "Number of bytes sent by the process over the network.",
      of(figures.transmittedBytes),
    ),
  ];
}

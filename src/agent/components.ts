/**
 * @module The components of the agent. What is not named here is not part of the executable; what a run does not use
 * is not loaded. The table of options, help and reference, the checks, the systemd unit and the rights that a running
 * agent keeps all come from these lists.
 */

import { blackhole } from "../exporter/blackhole/definition.ts";
import { elasticsearch } from "../exporter/elasticsearch/definition.ts";
import { file as fileExporter } from "../exporter/file/definition.ts";
import { http } from "../exporter/http/definition.ts";
import { kafka } from "../exporter/kafka/definition.ts";
import { module } from "../exporter/module/definition.ts";
import { otlp } from "../exporter/otlp/definition.ts";
import { stdout } from "../exporter/stdout/definition.ts";
import { syslog } from "../exporter/syslog/definition.ts";
import { udp } from "../exporter/udp/definition.ts";
import { kubernetes } from "../kubernetes/definition.ts";
import { grpc } from "../server/grpc/definition.ts";
import { health } from "../server/health/definition.ts";
import { metrics } from "../server/metrics/definition.ts";
import { file as fileSource } from "../source/file/definition.ts";
import { sensor } from "../source/sensor/definition.ts";
import { stdin } from "../source/stdin/definition.ts";
import { grpc as grpcSource, grpcTls } from "../source/tetragon/definition.ts";
import { kubernetesEvents } from "./kubernetes-events/definition.ts";

/** Where events go. */
export const EXPORTERS = [
  udp,
  fileExporter,
  stdout,
  elasticsearch,
  syslog,
  http,
  otlp,
  kafka,
  module,
  blackhole,
] as const;

/** Where events come from. `auto` tries them in this order. */
export const SOURCES = [sensor, stdin, fileSource, grpcSource, grpcTls] as const;

/** What clients connect to. */
export const SERVERS = [grpc, health, metrics] as const;

/** What speaks to a cluster and its nodes. */
export const PARTS = [kubernetes, kubernetesEvents] as const;

export { STAGES } from "../pipeline/stages.ts";

/** @module All rows, in the order of the report. */

import { batchBytes, batchCpu, batchRate } from "./batches.ts";
import { ecsFast, ecsGeneral, ecsSize } from "./ecs.ts";
import { elasticsearch } from "./elasticsearch.ts";
import { gelf, syslog } from "./envelopes.ts";
import { execToDatagram } from "./exec-to-datagram.ts";
import { denyList, redaction } from "./filters.ts";
import { firstDatagram } from "./first-datagram.ts";
import { eventStream } from "./grpc.ts";
import { besideEvents } from "./grpc-beside.ts";
import { identityCpu } from "./identity.ts";
import { idle } from "./idle.ts";
import { kafka } from "./kafka.ts";
import { moduleRows } from "./module.ts";
import { otlp } from "./otlp.ts";
import { pipe } from "./pipe.ts";
import { policyMemory } from "./policy-memory.ts";
import { jsonToProtobuf, protobufToJson } from "./protobuf.ts";
import { refresh } from "./refresh.ts";
import { isSelected, measureRow, type Row, type RowResult, type RowSettings } from "./row.ts";

export const ROWS: readonly Row[] = [
  pipe,
  denyList,
  redaction,
  firstDatagram,
  refresh,
  batchBytes,
  batchCpu,
  batchRate,
  syslog,
  gelf,
  ecsFast,
  ecsGeneral,
  ecsSize,
  ...jsonToProtobuf,
  ...protobufToJson,
  ...eventStream,
  ...besideEvents,
  ...elasticsearch,
  ...kafka,
  ...otlp,
  ...moduleRows,
  execToDatagram,
  identityCpu,
  idle,
  policyMemory,
];

/** Measures the rows that the filter selects, one after another. */
export async function measureRows(filter: RegExp, settings: RowSettings): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const row of ROWS) {
    if (!isSelected(row, filter)) continue;
    settings.onProgress(`${row.name}: ${row.label}`);
    results.push(await measureRow(row, settings));
  }
  return results;
}

/** @module Makes the sources that `--event-source` names, as far as this host has them. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { OptionValues } from "../config/options.ts";
import type { TetradError } from "../os/error.ts";
import { type ConcreteSourceSpec, createSource } from "../source/registry.ts";
import type { SensorSettings } from "../source/sensor/settings.ts";
import type { Sink, Source } from "../source/source.ts";
import { parseSourceSpec, type SourceSpec } from "../source/spec.ts";
import type { Counters } from "../telemetry/counters.ts";

/** What {@link createSources} is given. */
export interface SourcesSettings {
  readonly values: OptionValues;
  readonly sink: Sink;
  readonly counters: Counters;
  readonly log: ConsolaInstance;
  readonly checkpoint: Checkpoint;
  readonly nodeName: string | undefined;
}

/** What `auto` is where the sensor cannot run: the file that Tetragon writes by default. */
const TETRAGON_LOG = "/var/log/tetragon/tetragon.log";

/** Why the sensor cannot run here. Asks the kernel, and loads the sensor to do so. */
async function findSensorObstacle(values: OptionValues): Promise<TetradError | undefined> {
  const { sensorObstacle } = await import("../source/sensor/index.ts");
  return sensorObstacle(procfsOf(values), values.btf);
}

/** @throws TetradError `config` when the sensor was told to read what is not there. */
async function checkPaths(values: OptionValues): Promise<void> {
  if (values.btf === "" && procfsOf(values) === "/proc") return;
  const { checkSensorPaths } = await import("../source/sensor/index.ts");
  checkSensorPaths({ procfs: procfsOf(values), btf: values.btf });
}

/** @throws TetradError `config` or `unsupported` when `--sensor-scope` does not name what is there. */
async function checkScope(values: OptionValues): Promise<void> {
  if (values["sensor-scope"] === "") return;
  const { resolveScope } = await import("../source/sensor/index.ts");
  using _ = resolveScope(values["sensor-scope"], procfsOf(values));
}

/** `--procfs` as paths begin with it: without a slash at its end. */
export function procfsOf(values: OptionValues): string {
  return values.procfs.replace(/\/+$/, "");
}

/**
 * Parses `--event-source`, and where the sensor is the only source asks whether it can run and its scope exists: before
 * anything is opened or sent.
 * @throws TetradError `config` when there is no such source or scope, `unsupported` when the only source cannot run
 * here.
 */
export async function checkSources(values: OptionValues): Promise<readonly SourceSpec[]> {
  const specs = values["event-source"].map(parseSourceSpec);
  if (specs.some(({ kind }) => kind === "sensor" || kind === "auto")) await checkPaths(values);
  if (specs.length === 1 && specs[0]!.kind === "sensor") {
    const obstacle = await findSensorObstacle(values);
    if (obstacle !== undefined) throw obstacle;
    await checkScope(values);
  }
  return specs;
}

/**
 * Makes all sources, in the order in which they were named. `auto` becomes the sensor or Tetragon's log; of several
 * sources a sensor that cannot run here is left out with a warning.
 */
export async function createSources(
  specs: readonly SourceSpec[],
  settings: SourcesSettings,
): Promise<Source[]> {
  const { values, log, nodeName, ...shared } = settings;
  const all = {
    ...shared,
    log,
    fromBeginning: values["from-beginning"],
    exitAtEnd: values["exit-at-end"],
    maxLineBytes: values["max-line-size"],
    pollIntervalMs: values["file-poll-interval"],
    maxOpenFiles: values["max-open-files"],
    sensor: sensorSettings(values, nodeName),
  };
  const sources: Source[] = [];
  for (const spec of specs) {
    const concrete = await makeConcrete(spec, specs.length > 1, values, log);
    if (concrete !== undefined) sources.push(await createSource(concrete, all));
  }
  return sources;
}

/** @returns `undefined` for a source to be left out. */
async function makeConcrete(
  spec: SourceSpec,
  hasOthers: boolean,
  values: OptionValues,
  log: ConsolaInstance,
): Promise<ConcreteSourceSpec | undefined> {
  if (spec.kind === "file") return spec;
  if (spec.kind === "stdin" || (spec.kind === "sensor" && !hasOthers)) return { kind: spec.kind };
  const obstacle = await findSensorObstacle(values);
  if (obstacle === undefined) return { kind: "sensor" };
  const fields = { reason: obstacle.message };
  if (spec.kind === "sensor") {
    log.warn("Cannot run the sensor: the other sources go on without it", fields);
    return undefined;
  }
  log.warn(`Cannot run the sensor: following ${TETRAGON_LOG}`, fields);
  return { kind: "file", glob: TETRAGON_LOG };
}

function sensorSettings(values: OptionValues, nodeName: string | undefined): SensorSettings {
  const ringBufferSize = values["rb-size"];
  return {
    nodeName: nodeName ?? "",
    clusterName: values["cluster-name"],
    ...(values["sensor-scope"] !== "" && { scope: values["sensor-scope"] }),
    processCacheSize: values["process-cache-size"],
    ...(ringBufferSize > 0 && { ringBufferSize }),
    btf: values.btf,
    procfs: values.procfs,
    credentials: values["enable-process-cred"],
    namespaces: values["enable-process-ns"],
    ancestors: values["enable-ancestors"].includes("base"),
    tracepointAncestors: values["enable-ancestors"].includes("tracepoint"),
    environment: values["enable-process-environment-variables"],
    environmentFilter: values["filter-environment-variables"],
    network: values["enable-network-events"],
    usernames: values["username-metadata"] === "unix",
  };
}

/** @module The exporters of a run: made, followed by the checkpoint, and seated on the bus. */
import type { ConsolaInstance } from "consola";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { type Followed, followedBy } from "../checkpoint/followers.ts";
import { mayReadFiles } from "../config/check.ts";
import type { OptionValues } from "../config/options.ts";
import { TetragonJson } from "../encoding/tetragon-json.ts";
import type { ExporterSettings, WhenFull } from "../exporter/delivery/delivery.ts";
import type { Exporter } from "../exporter/exporter.ts";
import type { MetadataProvider } from "../metadata/provider.ts";
import { TetradError } from "../os/error.ts";
import { findUser } from "../os/user.ts";
import { createExporterCounters, type ExporterCounters } from "../telemetry/counters.ts";
import { Bus } from "./bus.ts";

/** What {@link createExporters} is given. */
export interface ExportersSettings {
  readonly values: OptionValues;
  readonly log: ConsolaInstance;
  /** Who is speaking. */
  readonly metadata: MetadataProvider;
}

/** All exporters of a run. */
export interface ExporterSet {
  readonly exporters: readonly Exporter[];
  readonly counters: ReadonlyMap<string, ExporterCounters>;
  /** Follows every exporter that says that it is durable. */
  readonly checkpoint: Checkpoint;
  /** On which all exporters are seated. */
  readonly bus: Bus;
  /** Called once no exporter has anybody left to take events. */
  onAllGone: () => void;
}

/** One exporter that was asked for. */
interface Request {
  readonly name: string;
  readonly type: keyof typeof CREATORS;
  readonly values: OptionValues;
}

/** What a type of exporter is made from. */
interface Parts extends Omit<ExporterSettings, "whenFull"> {
  readonly values: OptionValues;
  readonly followed: Followed | undefined;
}

/** A static registry: what is not named here is not bundled, and what is not asked for is not loaded. */
const CREATORS = {
  udp: { isDurable: true, create: createUdp },
  file: { isDurable: true, create: createFile },
  stdout: { isDurable: true, create: createStdout },
} as const;

async function createUdp({ values, followed, ...settings }: Parts): Promise<Exporter> {
  const { createUdpExporter } = await import("../exporter/udp/index.ts");
  const { systemLookup } = await import("../exporter/udp/resolver.ts");
  return createUdpExporter({
    ...settings,
    whenFull: values["udp-when-full"] as WhenFull,
    host: values["udp-output-address"],
    port: values["udp-output-port"],
    sendBufferBytes: values["udp-buffer-size"],
    maxDatagramBytes: values["udp-max-datagram-size"],
    resolveIntervalMs: values["udp-resolve-interval"],
    multicastTtl: values["udp-multicast-ttl"],
    multicastInterface: values["udp-multicast-interface"],
    inflight: followed!.inflight,
    lookup: systemLookup,
  });
}

async function createFile({ values, followed: _, ...settings }: Parts): Promise<Exporter> {
  const { createFileExporter } = await import("../exporter/file/index.ts");
  return createFileExporter({
    ...settings,
    whenFull: values["export-file-when-full"] as WhenFull,
    path: values["export-filename"],
    maxSizeMb: values["export-file-max-size-mb"],
    maxBackups: values["export-file-max-backups"],
    rotationIntervalMs: values["export-file-rotation-interval"],
    compress: values["export-file-compress"],
    mode: values["export-file-perm"],
  });
}

async function createStdout({ values, followed: _, ...settings }: Parts): Promise<Exporter> {
  const { createStdoutExporter } = await import("../exporter/stdout/index.ts");
  return createStdoutExporter({ ...settings, whenFull: values["export-stdout-when-full"] as WhenFull });
}

/** @throws TetradError `config` when no exporter is asked for. */
function requests(values: OptionValues): Request[] {
  const all: Request[] = [];
  if (values["udp-output-enabled"]) all.push({ name: "udp", type: "udp", values });
  if (values["export-filename"] !== "") all.push({ name: "file", type: "file", values });
  if (values["export-stdout"]) all.push({ name: "stdout", type: "stdout", values });
  if (all.length > 0) return all;
  throw new TetradError(
    "config",
    "Cannot start without an exporter: found none, needs --udp-output-enabled, --export-filename or --export-stdout",
  );
}

function openCheckpoint(values: OptionValues): Checkpoint {
  const path = values["checkpoint-file"];
  const user = values.user === "" ? undefined : findUser(values.user).uid;
  // Without a file source a warning has said that it has no effect.
  return path === "" || !mayReadFiles(values) ? Checkpoint.anonymous() : Checkpoint.open(path, user);
}

/**
 * Makes the exporters, and the checkpoint that follows those that are durable.
 * @throws TetradError `config` when no exporter is enabled, or the checkpoint cannot be used.
 */
export async function createExporters({ values, log, metadata }: ExportersSettings): Promise<ExporterSet> {
  const wanted = requests(values);
  const checkpoint = openCheckpoint(values);
  const followed = followedBy(checkpoint, wanted.filter(({ type }) => CREATORS[type].isDurable).length);
  const counters = new Map<string, ExporterCounters>();
  const exporters: Exporter[] = [];
  const bus = new Bus();
  const encoding = new TetragonJson();
  let left = wanted.length;
  const set: ExporterSet = { exporters, counters, checkpoint, bus, onAllGone: () => {} };
  for (const { name, type, values: own } of wanted) {
    const mine = CREATORS[type].isDurable ? followed.shift() : undefined;
    const tally = createExporterCounters();
    counters.set(name, tally);
    const exporter = await CREATORS[type].create({
      name,
      values: own,
      queue: { maxEvents: own["event-queue-size"], maxBytes: own["event-queue-bytes"] },
      counters: tally,
      log,
      metadata,
      positions: mine?.positions,
      followed: mine,
      onGone() {
        if (--left === 0) set.onAllGone();
      },
    });
    exporters.push(exporter);
    bus.join(exporter, { encoding });
  }
  return set;
}

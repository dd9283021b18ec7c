/** @module What a probe does: programs record what happens at a hook in the kernel, a decoder says what that means. */
import type {
  AttachTarget,
  BtfProgramKind,
  Link,
  ProgramSpec,
  TargetedKind,
} from "../../../kernel/attach/index.ts";
import type { TypeSource } from "../../../kernel/btf/index.ts";
import type { KernelObject } from "../../../kernel/loader/index.ts";
import type { MapDefinition } from "../../../kernel/map/index.ts";
import type { RecordLayout, ViewOf } from "../../../kernel/record/index.ts";
import type { SensorEvents } from "../event/events.ts";
import type { Metadata } from "../process/metadata.ts";
import type { Processes } from "../process/processes.ts";
import type { LifeStep } from "../procfs/startup.ts";
import type { SensorSettings } from "../settings.ts";
import type { Scope } from "./shared/scope.ts";

/** What programs are assembled from. */
export interface ProgramContext {
  /** The running kernel's types. */
  readonly types: TypeSource;
  /** Which processes are watched; all when `undefined`. */
  readonly scope: Scope | undefined;
  /** The number that the probe's records begin with. */
  readonly kind: number;
  readonly settings: SensorSettings;
  readonly procfs: string;
}

/** A program of a probe, and with it what it is attached to. */
export interface ProbeProgram {
  /** Has the kernel check the program, which is then the object's. @returns What attaches it. */
  load(object: KernelObject): () => Link;
}

/** A program that is attached to what it was assembled for. */
export function programOf(spec: ProgramSpec<BtfProgramKind>): ProbeProgram {
  return {
    load(object) {
      const program = object.load(spec);
      return () => program.attach();
    },
  };
}

/** A program that is attached to `target`. */
export function programAt<K extends TargetedKind>(
  spec: ProgramSpec<K>,
  target: AttachTarget<K>,
): ProbeProgram {
  return {
    load(object) {
      const program = object.load(spec);
      return () => (program.attach as (target: AttachTarget<K>) => Link).call(program, target);
    },
  };
}

/** What records are decoded with. */
export interface DecoderContext {
  readonly settings: SensorSettings;
  readonly processes: Processes;
  readonly metadata: Metadata;
  /** Where events go. */
  readonly events: SensorEvents;
}

/** Takes the records of one probe, in the order in which they were made. */
export interface RecordDecoder<View> {
  /** Takes a record, which is gone when this returns. */
  decode(record: View): void;
  /** Forgets what was derived from the host's files, which have changed. */
  refresh?(): void;
  /** Forgets everything: the probe was detached. */
  close?(): void;
}

/** What a probe does. */
export interface ProbeImplementation<Layout extends RecordLayout = RecordLayout> {
  /** The layout of its records. The first field is `kind`, a `u32`. */
  readonly record: Layout;
  /** What a record says of a process's life, which the start of the sensor goes by. */
  readonly life?: LifeStep;
  /** Maps of its own, if it has any. */
  maps?(context: ProgramContext): readonly MapDefinition[];
  /** Assembles its programs, in the order in which they are attached. */
  programs(context: ProgramContext): readonly ProbeProgram[];
  /** What its records mean. Made anew each time that the probe is attached. */
  decoder(context: DecoderContext): RecordDecoder<ViewOf<Layout>>;
}

/** Gives an implementation its types. */
export function defineImplementation<const Layout extends RecordLayout>(
  implementation: ProbeImplementation<Layout>,
): ProbeImplementation<Layout> {
  return implementation;
}

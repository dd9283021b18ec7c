/** @module What the kernel tests share: whether eBPF may be loaded here, and the kernel's types. */
import { describe } from "bun:test";
import { release } from "node:os";
import type { MemberPath, TypeSource } from "../../src/kernel/btf/index.ts";
import { SENSOR_HOOKS } from "../../src/source/sensor/probe/index.ts";
import { missingFeature, type Probe, probeKernel } from "../../src/source/sensor/requirement.ts";

/** What is asked by loading something. */
const IS_LOADED = /^(ring buffer$|hook )/;
/** What the host answers to that where it does not allow eBPF or lacks a hook. */
const IS_OF_HOST = /^(EPERM|EACCES|ENOSYS|not in this kernel)$/;

/** Whether an answer is the host's. Another refusal may be the loader's own fault: then its tests fail. */
function isOfHost({ name, found }: Probe): boolean {
  return !IS_LOADED.test(name) || IS_OF_HOST.test(found);
}

const missing = missingFeature(probeKernel(SENSOR_HOOKS).filter(isOfHost));
if (missing !== undefined) console.warn(`SKIPPED, no eBPF here: ${missing.message}`);

/** `describe` for tests that load programs; skipped, aloud, where the host does not allow that, and only there. */
export const describeWithBpf = describe.skipIf(missing !== undefined);

/** Whether this kernel is older than a series. */
export function isOlderThan(series: string): boolean {
  return Bun.semver.order(release().split(/[-+]/)[0]!, `${series}.0`) < 0;
}

/** What a kernel answered, as a file. */
export interface RecordedTypes {
  readonly members: Record<string, MemberPath | null>;
  readonly structs: Record<string, string>;
  readonly enumerators: Record<string, number>;
  readonly tracepoints: Record<string, { readonly id: number; readonly argumentCount: number }>;
}

/** Asks `types` and writes the answers down. */
export class RecordingTypes implements TypeSource {
  readonly answers: RecordedTypes = { members: {}, structs: {}, enumerators: {}, tracepoints: {} };
  readonly #types: TypeSource;

  constructor(types: TypeSource) {
    this.#types = types;
  }

  member(struct: string, path: string): MemberPath {
    const member = this.#types.member(struct, path);
    this.answers.members[`${struct}.${path}`] = member;
    return member;
  }

  has(struct: string, path: string): boolean {
    const has = this.#types.has(struct, path);
    this.answers.members[`${struct}.${path}`] = has ? this.#types.member(struct, path) : null;
    return has;
  }

  structOf(struct: string, path: string): string {
    const name = this.#types.structOf(struct, path);
    this.answers.structs[`${struct}.${path}`] = name;
    return name;
  }

  enumerator(name: string, enumerator: string): number | undefined {
    const value = this.#types.enumerator(name, enumerator);
    if (value !== undefined) this.answers.enumerators[`${name}.${enumerator}`] = value;
    return value;
  }

  tracepoint(name: string): { id: number; argumentCount: number } | undefined {
    const found = this.#types.tracepoint(name);
    if (found !== undefined) this.answers.tracepoints[name] = found;
    return found;
  }
}

/** The kernel that the answers were written down on. */
export class ReplayedTypes implements TypeSource {
  readonly #answers: RecordedTypes;

  constructor(answers: RecordedTypes) {
    this.#answers = answers;
  }

  member(struct: string, path: string): MemberPath {
    const member = this.#answers.members[`${struct}.${path}`];
    if (member === undefined || member === null) throw new Error(`No recorded member ${struct}.${path}`);
    return member;
  }

  has(struct: string, path: string): boolean {
    return (this.#answers.members[`${struct}.${path}`] ?? null) !== null;
  }

  structOf(struct: string, path: string): string {
    const name = this.#answers.structs[`${struct}.${path}`];
    if (name === undefined) throw new Error(`No recorded struct ${struct}.${path}`);
    return name;
  }

  enumerator(name: string, enumerator: string): number | undefined {
    return this.#answers.enumerators[`${name}.${enumerator}`];
  }

  tracepoint(name: string): { id: number; argumentCount: number } | undefined {
    return this.#answers.tracepoints[name];
  }
}

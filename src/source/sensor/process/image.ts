/** @module A program as a process runs it: what there is to say of it, as values, and as JSON once that is wanted. */
import type { Container } from "../../../pipeline/enrich/container.ts";
import { json } from "../event/json-writer.ts";
import type { EnvironmentVariable } from "./arguments.ts";
import { UNSET_UID } from "./auid.ts";
import { type CapabilitySets, type CredentialsValue, capabilitiesJson } from "./credentials.ts";
import { FLAG } from "./flags.ts";
import type { NamespacesValue } from "./namespaces.ts";

/** What options add to a process; `undefined` for what nobody asks for, or what there is nothing to say of. */
export interface ImageMetadata {
  readonly cap: CapabilitySets | undefined;
  readonly ns: NamespacesValue | undefined;
  readonly credentials: CredentialsValue | undefined;
  readonly user: { readonly name: string } | undefined;
  readonly environment: readonly EnvironmentVariable[] | undefined;
}

/** What an image is made of. Texts may be empty. */
export interface ImageFacts extends ImageMetadata {
  readonly uid: number;
  readonly cwd: string;
  readonly binary: string;
  /** The name by which it was executed, where that is not `binary`. */
  readonly filename: string;
  readonly arguments: string;
  readonly auid: number;
  readonly docker: string;
  /** Whether others than a runtime may have made the cgroup that `docker` is named after: no pod is found by it. @default false */
  readonly mayBeForged?: boolean;
  /** `binary_properties`, which only the image's own `process_exec` has. */
  readonly binaryProperties: object | undefined;
  /** What there is to say of how it became known: a sum of {@link FLAG}. */
  readonly flags: number;
}

/** Members of a process as bytes of JSON, each with a comma before it, in groups of those that follow each other. */
export interface ImageText {
  /** `uid`, `cwd`, `binary`, `filename`, `arguments` */
  readonly program: Uint8Array;
  /** `auid`, `docker` */
  readonly login: Uint8Array;
  /** `cap`, `ns` */
  readonly privileges: Uint8Array;
  /** `process_credentials` */
  readonly credentials: Uint8Array;
  readonly binaryProperties: Uint8Array;
  /** `user` */
  readonly user: Uint8Array;
  /** `environment_variables` */
  readonly environment: Uint8Array;
}

const NOTHING = new Uint8Array(0);

function bytesOf(text: string): Uint8Array {
  return text === "" ? NOTHING : json(text);
}

function textMember(name: string, value: string): string {
  return value === "" ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function member(name: string, value: object | undefined): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

/** Bytes of texts from which on an image is long, and characters of its arguments that it has when it was shortened. */
const LONG = 2048;
const SHORTENED = 256;

function sizeOf(environment: readonly EnvironmentVariable[] | undefined): number {
  let size = 0;
  for (const { Key = "", Value = "" } of environment ?? []) size += Key.length + Value.length + 64;
  return size;
}

/** Bytes of long images whose texts are kept: those that were made last, since executions alike come in bursts. */
const KEPT_SIZE = 1 << 20;
const kept: ProcessImage[] = [];
let keptSize = 0;

/** An image. A clone shares its parent's until it executes another program. */
export class ProcessImage implements ImageFacts {
  readonly uid: number;
  readonly cwd: string;
  readonly binary: string;
  readonly filename: string;
  arguments: string;
  readonly auid: number;
  readonly docker: string;
  readonly mayBeForged: boolean;
  readonly cap: CapabilitySets | undefined;
  readonly ns: NamespacesValue | undefined;
  readonly credentials: CredentialsValue | undefined;
  readonly binaryProperties: object | undefined;
  readonly user: { readonly name: string } | undefined;
  environment: readonly EnvironmentVariable[] | undefined;
  readonly flags: number;
  /** The container of {@link docker}, once somebody has looked for it. */
  container: Container | undefined = undefined;
  /** Flags that were added when it was shortened. */
  addedFlags = 0;
  /** Bytes that its texts take, about. */
  readonly size: number;
  #text: ImageText | undefined = undefined;

  constructor(facts: ImageFacts) {
    this.uid = facts.uid;
    this.cwd = facts.cwd;
    this.binary = facts.binary;
    this.filename = facts.filename;
    this.arguments = facts.arguments;
    this.auid = facts.auid;
    this.docker = facts.docker;
    this.mayBeForged = facts.mayBeForged ?? false;
    this.cap = facts.cap;
    this.ns = facts.ns;
    this.credentials = facts.credentials;
    this.binaryProperties = facts.binaryProperties;
    this.user = facts.user;
    this.environment = facts.environment;
    this.flags = facts.flags;
    this.size = this.arguments.length + sizeOf(this.environment);
  }

  /** Whether its texts are so long that they are not kept in a second form, and are shortened for want of memory. */
  get isLong(): boolean {
    return this.size > LONG;
  }

  /** The image as text, which is made once; of one that is long, again after many others'. */
  get text(): ImageText {
    if (this.#text !== undefined) return this.#text;
    const text = this.#makeText();
    if (this.size > KEPT_SIZE) return text;
    this.#text = text;
    if (!this.isLong) return text;
    kept.push(this);
    keptSize += this.size;
    while (keptSize > KEPT_SIZE) {
      const oldest = kept.shift()!;
      keptSize -= oldest.size;
      oldest.#text = undefined;
    }
    return text;
  }

  /** Lets go of what takes memory, since others need it. */
  shorten(): void {
    // A copy: a part of a text holds all of it.
    const start = Buffer.from(this.arguments.slice(0, SHORTENED)).toString();
    if (start.length < this.arguments.length) this.addedFlags |= FLAG.truncArgs;
    if (this.environment !== undefined) this.addedFlags |= FLAG.errorEnvs;
    this.arguments = start;
    this.environment = undefined;
    this.#text = undefined;
  }

  #makeText(): ImageText {
    const { uid, cwd, binary, auid, docker, cap } = this;
    return {
      program: json(
        `,"uid":${uid}${textMember("cwd", cwd)}${textMember("binary", binary)}${textMember("filename", this.filename)}${textMember("arguments", this.arguments)}`,
      ),
      login: json(`,"auid":${auid}${textMember("docker", docker)}`),
      privileges: bytesOf((cap === undefined ? "" : capabilitiesJson(cap)) + member("ns", this.ns)),
      credentials: bytesOf(member("process_credentials", this.credentials)),
      binaryProperties: bytesOf(member("binary_properties", this.binaryProperties)),
      user: bytesOf(member("user", this.user)),
      environment: bytesOf(member("environment_variables", this.environment)),
    };
  }
}

/** A program of which nothing is known but whose it is. */
function anonymousImage(binary: string): ProcessImage {
  return new ProcessImage({
    uid: 0,
    cwd: "",
    binary,
    filename: "",
    arguments: "",
    auid: UNSET_UID,
    docker: "",
    cap: undefined,
    ns: undefined,
    credentials: undefined,
    binaryProperties: undefined,
    user: undefined,
    environment: undefined,
    flags: 0,
  });
}

/** The image of a process that nothing is known of. */
export const UNKNOWN_IMAGE: ProcessImage = anonymousImage("");

/** The image of the kernel. */
export const KERNEL_IMAGE: ProcessImage = anonymousImage("<kernel>");

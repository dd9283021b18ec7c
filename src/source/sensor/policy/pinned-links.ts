/**
 * @module Policies that go on when the agent has ended (`--keep-sensors-on-exit`): what attaches their programs has a name
 * in the BPF file system, in a directory of each run. The next run attaches its own before it removes those of earlier
 * ones. It looks into nothing that it finds there: they may be of another version.
 */
import { chownSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConsolaInstance } from "consola";
import type { Link } from "../../../kernel/attach/index.ts";
import { isBpfFileSystem } from "../../../os/bpf/index.ts";
import { codeOrText, errorCode, errorMessage, isMissing } from "../../../os/caught.ts";
import type { UserIdentity } from "../../../os/drop-privileges.ts";
import { TetradError } from "../../../os/error.ts";
import { resolveTrusted, untrusted } from "../../../os/trusted-path.ts";
import { type KeptPrograms, pinDirectory } from "./paths.ts";

/** Who knows a name there can attach, detach and read: nobody but the agent's user. */
const MODE = 0o700;

/** What {@link PinnedLinks} is given. */
export interface PinnedLinksSettings {
  readonly kept: KeptPrograms;
  /** Whom the agent will change to. */
  readonly user: UserIdentity | undefined;
  readonly log: ConsolaInstance;
}

/** The names of this run. */
export class PinnedLinks implements Disposable {
  /** The directory of this run. */
  readonly #directory: string;
  readonly #kept: KeptPrograms;
  readonly #log: ConsolaInstance;
  /** What is attached without a name, in words, as far as that was said. */
  readonly #unkept = new Set<string>();
  #nextName = 1;
  #count = 0;
  #state: "starting" | "started" | "failed" | "ended" = "starting";

  /** @throws TetradError `config` where there is no BPF file system, or the directory is not to be trusted. */
  constructor({ kept, user, log }: PinnedLinksSettings) {
    this.#kept = kept;
    this.#log = log;
    const parent = pinDirectory(kept);
    this.#directory = join(parent, runName());
    try {
      checkFileSystem(parent);
      checkTrust(parent, user);
      mkdirSync(parent, { recursive: true, mode: MODE });
      // Somebody may have been faster where everybody may make directories.
      checkTrust(parent, user);
      mkdirSync(this.#directory, { mode: MODE });
      if (user !== undefined) chownSync(this.#directory, user.uid, user.gid);
    } catch (cause) {
      const why = errorCode(cause) ?? errorMessage(cause);
      throw new TetradError("config", `Cannot keep policies in "${parent}": ${why}`, { cause });
    }
  }

  /**
   * Has an attachment outlive the agent. Where that cannot be done it ends with the agent, which is said.
   * @returns What takes the name away again; not any more once the agent ends.
   */
  pin(link: Link): Disposable {
    const path = join(
      this.#directory,
      `${this.#nextName++}_${link.target.replaceAll(/\W+/g, "_").slice(0, 80)}`,
    );
    try {
      link.pin(path);
    } catch (error) {
      const known = this.#unkept.size;
      if (this.#unkept.add(link.target).size > known)
        this.#log.warn("Cannot keep all of the policies: this part will end with the agent", {
          error: errorMessage(error),
        });
      return { [Symbol.dispose]: () => {} };
    }
    this.#count++;
    return { [Symbol.dispose]: () => this.#unpin(path) };
  }

  /** To be called when all policies of the start are attached: those of earlier runs go. */
  takeOver(): void {
    this.#state = "started";
    releaseKept(this.#kept, this.#log, this.#directory);
  }

  /** The agent ends. What was pinned stays, unless the start has failed. Idempotent. */
  [Symbol.dispose](): void {
    this.#state = this.#state === "started" || this.#state === "ended" ? "ended" : "failed";
    this.#removeIfEmpty();
  }

  #unpin(path: string): void {
    if (this.#state === "ended") return;
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isMissing(error))
        this.#log.warn("Cannot remove a pinned program, which goes on", { path, error: codeOrText(error) });
    }
    this.#count--;
    if (this.#state === "failed") this.#removeIfEmpty();
  }

  #removeIfEmpty(): void {
    if (this.#count === 0) tryTo(() => rmdirSync(this.#directory));
  }
}

/**
 * Ends what earlier runs have left, where there is anything.
 * @param except The directory of this run. @default none
 */
export function releaseKept(kept: KeptPrograms, log: ConsolaInstance, except = ""): void {
  const parent = pinDirectory(kept);
  const runs = namesIn(parent).filter((name) => join(parent, name) !== except);
  if (runs.length === 0 || !kept.releases) return;
  try {
    checkFileSystem(parent);
    checkTrust(parent, undefined);
    for (const name of runs) rmSync(join(parent, name), { recursive: true });
  } catch (error) {
    log.warn("Cannot end the policies of an earlier run, which go on", {
      path: parent,
      error: errorMessage(error),
    });
    return;
  }
  log.info(
    except === "" ? "Policies of an earlier run have ended" : "Policies of an earlier run were taken over",
    {
      path: parent,
    },
  );
  if (except === "") for (const path of [parent, dirname(parent)]) tryTo(() => rmdirSync(path));
}

/** Of no other run, whether it is over or not. */
function runName(): string {
  return `run-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** @throws Error unless the directory is, or will be, in a BPF file system. */
function checkFileSystem(directory: string): void {
  let at = directory;
  while (statSync(at, { throwIfNoEntry: false }) === undefined) at = dirname(at);
  if (isBpfFileSystem(at)) return;
  throw new Error(
    `found no BPF file system at ${at}: mount one (mount -t bpf bpf /sys/fs/bpf; in a container, the host's), or name a directory in another one with --bpf-dir`,
  );
}

/** @throws Error where somebody else can change what is in the directory. */
function checkTrust(directory: string, user: UserIdentity | undefined): void {
  const way = resolveTrusted(join(directory, "run"), user?.uid);
  if ("refused" in way) throw untrusted(way.refused);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What does not matter if it fails. */
function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // Somebody else's, or still in use.
  }
}

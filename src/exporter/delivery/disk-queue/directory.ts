/** @module The directory of a queue on disk: trusted only when nobody else can change it, and one process's at a time. */
import { codeOrText, errorMessage, isShortage } from "../../../os/caught.ts";
import { CreatedPath } from "../../../os/created-path.ts";
import { TetradError } from "../../../os/error.ts";
import { tryLock } from "../../../os/file-lock.ts";
import { fs } from "../../../os/fs.ts";
import { join, resolve } from "../../../os/path.ts";
import { resolveTrusted } from "../../../os/trusted-path.ts";
import { firstOfName } from "./layout.ts";

const WRITABLE_BY_ANOTHER = 0o022;
const OWNER_ONLY = 0o600;

/** A file of the directory that may be a segment. */
export interface SegmentFile {
  readonly name: string;
  /** As its name says. */
  readonly first: number;
  readonly size: number;
}

/** An open, locked directory. */
export class QueueDirectory {
  /** Without links. */
  readonly path: string;
  readonly #lock: number;
  readonly #created: readonly CreatedPath[];
  readonly #user: number | undefined;
  readonly #descriptors = new Set<number>();

  private constructor(path: string, lock: number, created: readonly CreatedPath[], user: number | undefined) {
    this.path = path;
    this.#lock = lock;
    this.#created = created;
    this.#user = user;
  }

  /**
   * Opens the directory at `path`; makes it, for its owner alone, when it is missing.
   * @param option Names it in messages.
   * @param user Number of the user that the agent will change to: trusted like its own, and made the owner of the files.
   * @throws TetradError `config` when it cannot be used, or others can change it; `failed` when another agent has it.
   */
  static open(path: string, option: string, user?: number): QueueDirectory {
    const refuse = (why: string, cause?: unknown) =>
      new TetradError("config", `Cannot use --${option} "${path}": ${why}`, { cause });
    let created: CreatedPath | undefined;
    let lock = -1;
    try {
      const where = resolveTrusted(path, user);
      if ("refused" in where) throw refuse(`${where.refused}, needs one that its owner alone can change`);
      if ("descriptor" in where) throw refuse("found a descriptor, needs a directory");
      created = new CreatedPath(join(where.path, "lock"), 0o700);
      const stat = fs().statSync(where.path);
      if (![0, process.geteuid?.(), user].includes(stat.uid))
        throw refuse(`found a directory of user ${stat.uid}, needs one that its owner alone can change`);
      if ((stat.mode & WRITABLE_BY_ANOTHER) !== 0)
        throw refuse("found a directory that others may write, needs one that its owner alone can change");
      lock = openOwn(join(where.path, "lock"), fs().constants.O_CREAT);
      if (!tryLock(lock))
        throw new TetradError(
          "failed",
          `Cannot use --${option} "${path}": another agent has it, needs one of its own`,
        );
      const directory = new QueueDirectory(resolve(where.path), lock, [created], user);
      directory.#own(lock);
      if (user !== undefined && process.geteuid?.() === 0) fs().chownSync(where.path, user, stat.gid);
      return directory;
    } catch (error) {
      const isMade = lock !== -1;
      if (isMade) fs().closeSync(lock);
      if (!(error instanceof TetradError && error.code === "failed")) created?.undo();
      if (error instanceof TetradError) throw error;
      if (isShortage(error))
        throw new TetradError("failed", `Cannot use --${option} "${path}": ${errorMessage(error)}`, {
          cause: error,
        });
      throw refuse(`${codeOrText(error)}, needs a directory that can be written`, error);
    }
  }

  /** Files whose names are those of segments, oldest first. What is no regular file of a trusted owner is left out. */
  segments(onForeign: (name: string, why: string) => void): SegmentFile[] {
    const found: SegmentFile[] = [];
    for (const name of fs().readdirSync(this.path)) {
      const first = firstOfName(name);
      if (first === undefined) continue;
      const stat = fs().lstatSync(join(this.path, name));
      if (!stat.isFile()) onForeign(name, "it is no regular file");
      else if (![0, process.geteuid?.(), this.#user].includes(stat.uid))
        onForeign(name, `it belongs to user ${stat.uid}`);
      else found.push({ name, first, size: stat.size });
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Opens a file for reading and writing, and makes it when it is missing, for its owner alone.
   * @param flags More of `O_`.
   * @throws The system's error, such as `ELOOP` for a link.
   */
  openFile(name: string, flags: number): number {
    const fd = openOwn(join(this.path, name), flags);
    this.#descriptors.add(fd);
    this.#own(fd);
    return fd;
  }

  closeFile(fd: number): void {
    if (this.#descriptors.delete(fd)) fs().closeSync(fd);
  }

  /** Removes a file. Never throws: what cannot be removed stays. */
  remove(name: string): void {
    try {
      fs().unlinkSync(join(this.path, name));
    } catch {
      // Somebody else was first, or the directory is gone.
    }
  }

  /** Closes all files, and lets others have the directory. */
  close(): void {
    for (const fd of [...this.#descriptors]) this.closeFile(fd);
    fs().closeSync(this.#lock);
  }

  /** Takes back what {@link open} has made, as far as nothing else is in it. After {@link close}. */
  undo(): void {
    for (const created of this.#created) created.undo();
  }

  /** The user that the agent changes to has to open it again. */
  #own(fd: number): void {
    if (this.#user === undefined || process.geteuid?.() !== 0) return;
    const { uid, gid } = fs().fstatSync(fd);
    if (uid !== this.#user) fs().fchownSync(fd, this.#user, gid);
  }
}

function openOwn(path: string, flags: number): number {
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs().constants;
  const fd = fs().openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | flags, OWNER_ONLY);
  const stat = fs().fstatSync(fd);
  if (stat.isFile() && stat.nlink <= 1) return fd;
  fs().closeSync(fd);
  throw new Error(stat.isFile() ? "it has another name elsewhere" : "it is no regular file");
}

/** Why what is in a directory cannot be a queue of ours. */
export function refusalOf(option: string, path: string, cause: unknown): TetradError {
  const why =
    cause instanceof TetradError
      ? `${cause.message}: another version of tetrad has written it`
      : `${codeOrText(cause)}, needs a directory of its own`;
  return new TetradError("config", `Cannot use --${option} "${path}": ${why}`, { cause });
}

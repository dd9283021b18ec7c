/** @module Opens the log file: only where nobody but root and the agent's user decides which file that is. */
import type { Stats } from "node:fs";
import { fs } from "../os/fs.ts";
import { distrustFile, resolveTrusted, untrusted } from "../os/trusted-path.ts";
import { claimDescriptor, noteWritten, releaseFile } from "../os/written-files.ts";

/** Never waits: not for the reader of a FIFO, and not for one that does not read. */
function openFlags(): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = fs().constants;
  return O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;
}

/** An open log. */
export interface LogFile {
  readonly fd: number;
  /** Lets others write to it, or the same file be opened anew. */
  release(): void;
  /** Keeps others from writing to it again. */
  claim(): void;
  close(): void;
}

/**
 * Opens the file at `path` for appending, or makes it with mode 0600. One that is there and that everybody may write loses
 * that permission.
 * @param user Whom the agent will change to: trusted like its own user.
 * @throws Error when it cannot be opened or trusted, or is neither a file nor a FIFO that somebody reads nor a terminal, or
 * when something else in this process writes to it.
 */
export function openLogFile(path: string, user?: number): LogFile {
  const found = resolveTrusted(path, user);
  if ("refused" in found) throw untrusted(found.refused);
  if ("descriptor" in found) return claimed(found.descriptor, () => {});
  const fd = fs().openSync(found.path, openFlags(), 0o600);
  try {
    const info = fs().fstatSync(fd);
    const mode = tightenedMode(info);
    const refused = distrustFile(info, { ...found, user, mode });
    if (refused !== undefined) throw untrusted(refused);
    if (!info.isFile() && !info.isFIFO() && !info.isCharacterDevice())
      throw new Error("found something that is neither a file nor a FIFO nor a terminal");
    const file = claimed(fd, () => fs().closeSync(fd));
    if (mode !== info.mode) fs().fchmodSync(fd, mode & 0o777);
    // Whom the agent will change to has to open it anew; only root may give it away.
    const isNew = info.isFile() && info.size === 0 && info.nlink === 1;
    if (isNew && user !== undefined && process.geteuid!() === 0) fs().fchownSync(fd, user, info.gid);
    noteWritten(found.path, fs().fstatSync(fd, { bigint: true }));
    return file;
  } catch (error) {
    fs().closeSync(fd);
    throw error;
  }
}

/** As with export files, a log that everybody may write is one no longer. */
function tightenedMode({ mode, uid }: Stats): number {
  const isOurs = [0, uid].includes(process.geteuid!());
  return (mode & fs().constants.S_IFMT) === fs().constants.S_IFREG && isOurs ? mode & ~0o002 : mode;
}

function claimed(fd: number, close: () => void): LogFile {
  let key: string | undefined;
  const claim = () => {
    key = claimDescriptor(fd, "--log-file");
  };
  const release = () => {
    releaseFile(key);
    key = undefined;
  };
  claim();
  return {
    fd,
    claim,
    release,
    close() {
      release();
      close();
    },
  };
}

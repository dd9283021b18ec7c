/** @module The end of an agent's log. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";

/** Of a log, from its end. */
const LOG_BYTES = 1024 * 1024;

/**
 * The last lines of a log.
 * @param path What a server calls its log: whoever listens there may name any file. @param pids Of the agents of this host.
 * @throws Error where none of them writes that file; the system's error.
 */
export function readLog(path: string, pids: readonly number[]): string {
  const real = realpathSync(path);
  if (!pids.some((pid) => isWrittenBy(pid, real)))
    throw new Error(`no agent of this host that this user may see writes ${JSON.stringify(path)}`);
  return readEnd(real);
}

/** Whether a process has a file open for writing: nobody has so a file that is not theirs to write. */
function isWrittenBy(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== path) return false;
      const [, flags = "0"] =
        /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")) ?? [];
      return (Number.parseInt(flags, 8) & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
    });
  } catch {
    // Gone meanwhile, or not ours to look at.
    return false;
  }
}

function readEnd(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error("it is no regular file");
    const start = Math.max(0, stat.size - LOG_BYTES);
    const bytes = Buffer.alloc(stat.size - start);
    const text = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start)).toString();
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    closeSync(fd);
  }
}

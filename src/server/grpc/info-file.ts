/** @module `tetragon-info.json`: where Tetragon's clients look for the address of the API. */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { ConsolaInstance } from "consola";
import { isObject } from "../../lib/json/object.ts";
import { errorMessage, isMissing } from "../../os/caught.ts";
import { resolveTrusted, untrusted } from "../../os/trusted-path.ts";
import type { ServedAgent } from "../definition.ts";
import { isLive } from "../is-live.ts";
import { parseListenAddress } from "../listen-address.ts";

/** Tetragon's `defaults.InitInfoFile`. */
const INFO_FILE = "/var/run/tetragon/tetragon-info.json";

/** Names of the programs that leave such a file, as the kernel cuts them (`comm`). */
const AGENTS = new Set(["tetragon", "tetrad"]);

/** Bytes of such a file, and of anything else that is read in its place. */
const MAX_BYTES = 64 * 1024;

const EXPOSED = "found a directory for everybody";

/** What {@link InfoFile} is given. */
export interface InfoFileSettings {
  readonly agent: ServedAgent;
  readonly log: ConsolaInstance;
  /** @default Tetragon's */
  readonly path?: string | undefined;
}

/** The file, and whether it is this agent's. */
export class InfoFile {
  readonly #settings: InfoFileSettings;
  readonly #path: string;
  /** What was written; `undefined` for nothing. */
  #written: string | undefined;

  constructor(settings: InfoFileSettings) {
    this.#settings = settings;
    this.#path = settings.path ?? INFO_FILE;
  }

  /** Writes the file, unless another agent that runs has left it. It never stops a start. @param address Of the API. */
  async write(address: string): Promise<void> {
    const { log } = this.#settings;
    const path = this.#path;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      // Before anything is read: what others may put there could be a pipe that nobody writes to.
      const found = resolveTrusted(path);
      const refusal = "refused" in found ? found.refused : EXPOSED;
      if (!("path" in found) || found.isExposed) {
        log.warn(`Cannot write ${path}: clients have to be given the address`, {
          error: untrusted(refusal).message,
        });
        return;
      }
      const owner = await liveOwner(path, address);
      if (owner !== undefined) {
        log.warn(`Left ${path} as it is: it is that of a running agent`, owner);
        return;
      }
      const text = `${JSON.stringify(this.#contents(address))}\n`;
      const temporary = `${path}.${process.pid}`;
      // An agent that was killed meanwhile may have left it: in a container the next one has the same number.
      rmSync(temporary, { force: true });
      writeFileSync(temporary, text, { mode: 0o644, flag: "wx" });
      renameSync(temporary, path);
      this.#written = text;
    } catch (error) {
      // Without root's rights nobody can leave it there, and clients can be given the address.
      log.debug(`Cannot write ${path}: clients have to be given the address`, { error: errorMessage(error) });
    }
  }

  /** Removes the file if it is still the one that was written. Idempotent. */
  remove(): void {
    try {
      if (this.#written !== undefined && readFileSync(this.#path, "utf8") === this.#written)
        unlinkSync(this.#path);
    } catch {
      // Gone, or in a directory that the agent may not write to any more: it names a process that is none.
    }
    this.#written = undefined;
  }

  /** Tetragon's `bugtool.InitInfo`. */
  #contents(address: string) {
    const options = new Map(this.#settings.agent.options().map(({ name, value }) => [name, String(value)]));
    const pathOf = (option: string): string => {
      const path = options.get(option) ?? "";
      return path === "" ? "" : resolve(path);
    };
    return {
      export_fname: pathOf("export-filename"),
      lib_dir: pathOf("bpf-lib"),
      btf_fname: pathOf("btf"),
      server_address: address,
      metrics_address: options.get("metrics-server") ?? "",
      gops_address: "",
      map_dir: "",
      bpftool_path: "",
      gops_path: "",
      pid: process.pid,
    };
  }
}

/** What tells an agent apart from others. */
interface Owner {
  readonly pid: unknown;
  readonly address: unknown;
}

/**
 * Who left the file, if it runs. Its process number is that of its own namespace, which may be another one: then it is
 * known by somebody listening on its address.
 */
async function liveOwner(path: string, ownAddress: string): Promise<Owner | undefined> {
  let info: unknown;
  try {
    info = JSON.parse(readLeft(path));
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isObject(info)) return undefined;
  const { pid, server_address: address } = info;
  const owner = { pid, address };
  if (isAgent(pid)) return owner;
  const listening = typeof address === "string" ? parseListenAddress(address) : undefined;
  if (listening === undefined || address === ownAddress) return undefined;
  return (await isLive(listening)) ? owner : undefined;
}

/** @throws Error for what is no small file; the system's error. */
function readLeft(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new Error("found something else than a small file");
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

function isAgent(pid: unknown): boolean {
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    return AGENTS.has(name) || name === basename(process.execPath).slice(0, 15);
  } catch {
    return false;
  }
}

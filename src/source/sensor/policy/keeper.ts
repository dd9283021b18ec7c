/**
 * @module Keeps the policies that clients brought, as Tetragon does: a file each, `NAME:NAMESPACE:DOMAIN.json`. Where that is
 * longer than names of files may be, a digest of it takes its place, and the file says which policy it is.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ConsolaInstance } from "consola";
import { codeOrText, errorCode, errorMessage, isMissing } from "../../../os/caught.ts";
import type { UserIdentity } from "../../../os/drop-privileges.ts";
import { resolveTrusted, untrusted } from "../../../os/trusted-path.ts";
import type {
  KeptPolicy,
  PolicyKey,
  PolicyRegistry,
  PolicyStore,
  StatusMode,
} from "../../../policy/registry/index.ts";

/** Only the agent's user reads and changes what it will load. */
const [DIRECTORY_MODE, FILE_MODE] = [0o700, 0o600];
const WRITABLE_BY_OTHERS = 0o022;
/** `NAME_MAX` of Linux, bytes; what is encoded has one for each character. */
const LONGEST_NAME = 255;
const DIGEST = /^sha256-[0-9a-f]{64}\.json$/;
const NAME = /^(?<name>[^:]+):(?<namespace>[^:]*):(?<domain>[^:]+)\.json$/;

/** A file as it was read. */
type Kept = Parameters<PolicyRegistry["restore"]>[2][number];

/** A directory of kept policies. */
export class PolicyKeeper implements PolicyStore {
  readonly #directory: string;
  readonly #log: ConsolaInstance;
  readonly #user: UserIdentity | undefined;

  /** @param user Whom the agent will change to. */
  constructor(directory: string, log: ConsolaInstance, user?: UserIdentity) {
    this.#directory = directory;
    this.#log = log;
    this.#user = user;
  }

  put(key: PolicyKey, { text, isEnabled, mode }: KeptPolicy): void {
    const { domain, namespace, name } = key;
    this.#change("keep", key, (path) => {
      mkdirSync(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
      checkTrust(this.#directory, this.#user);
      const unfinished = join(this.#directory, ".unfinished");
      const named = DIGEST.test(basename(path)) ? { key: { domain, namespace, name } } : {};
      const kept = `${JSON.stringify({ ...named, yaml: text, enabled: isEnabled, mode })}\n`;
      writeFileSync(unfinished, kept, { mode: FILE_MODE });
      renameSync(unfinished, path);
    });
  }

  remove(key: PolicyKey): void {
    this.#change("forget", key, (path) => rmSync(path, { force: true }));
  }

  /** What was kept, and what is no such file. */
  read(): { readonly kept: readonly Kept[]; readonly problems: readonly string[] } {
    let names: string[];
    try {
      names = readdirSync(this.#directory).sort();
      checkTrust(this.#directory, this.#user);
    } catch (error) {
      if (isMissing(error)) return { kept: [], problems: [] };
      return {
        kept: [],
        problems: [`Cannot read kept policies in "${this.#directory}": ${reasonOf(error)}`],
      };
    }
    const kept: Kept[] = [];
    const problems: string[] = [];
    for (const name of names) {
      if (keyOf(name) === undefined && !DIGEST.test(name)) continue;
      const path = join(this.#directory, name);
      try {
        const { key: said, yaml, enabled, mode } = JSON.parse(readFileSync(path, "utf8"));
        if (typeof yaml !== "string") throw new SyntaxError("it has no yaml");
        const key = keyOf(name) ?? said;
        if (typeof key !== "object" || fileName(key) !== name) throw new SyntaxError("it is of another name");
        kept.push({ key, text: yaml, isEnabled: enabled !== false, mode: modeOf(mode) });
      } catch (error) {
        problems.push(`Cannot read kept policy "${path}": ${errorMessage(error)}`);
      }
    }
    return { kept, problems };
  }

  #change(verb: string, key: PolicyKey, change: (path: string) => void): void {
    try {
      change(join(this.#directory, fileName(key)));
    } catch (error) {
      this.#log.warn(`Cannot ${verb} policy "${key.name}" for the next start`, { error: reasonOf(error) });
    }
  }
}

/** Whoever can put a file there can have any process killed. @throws Error unless nobody else can. */
function checkTrust(directory: string, user: UserIdentity | undefined): void {
  const way = resolveTrusted(join(directory, "policy"), user?.uid);
  if ("refused" in way) throw untrusted(way.refused);
  if ((statSync(directory).mode & WRITABLE_BY_OTHERS) !== 0)
    throw untrusted(`found directory ${directory}, which others may write`);
}

function reasonOf(error: unknown): string {
  return errorCode(error) === undefined ? errorMessage(error) : codeOrText(error);
}

/** Loads what was kept. @returns What could not be loaded, and why. */
export async function loadKept(registry: PolicyRegistry, keeper: PolicyKeeper): Promise<string[]> {
  const { kept, problems } = keeper.read();
  const failed = [...problems];
  // Policies of one text came together.
  for (const [, together] of Map.groupBy(kept, ({ key, text }) => `${key.domain}\n${text}`)) {
    const { key, text } = together[0]!;
    try {
      await registry.restore(text, key.domain, together);
    } catch (error) {
      failed.push(`Cannot load kept policy "${key.name}": ${errorMessage(error)}`);
    }
  }
  return failed;
}

function fileName({ name, namespace, domain }: PolicyKey): string {
  const whole = `${[name, namespace, domain].map(encodeURIComponent).join(":")}.json`;
  if (whole.length <= LONGEST_NAME) return whole;
  return `sha256-${createHash("sha256").update(whole).digest("hex")}.json`;
}

/** `undefined` for the name of another file. */
function keyOf(file: string): PolicyKey | undefined {
  const found = NAME.exec(file)?.groups;
  if (found === undefined) return undefined;
  try {
    const [name = "", namespace = "", domain = ""] = [found.name, found.namespace, found.domain].map((part) =>
      decodeURIComponent(part!),
    );
    return { name, namespace, domain };
  } catch {
    return undefined;
  }
}

function modeOf(mode: unknown): StatusMode {
  return mode === "monitor" || mode === "monitor_only" ? mode : "enforce";
}

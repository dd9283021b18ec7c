/** @module Certificates of a server, read anew when their files change. */
import type { ConsolaInstance } from "consola";
import { readOptionFile } from "../config/option-file.ts";
import type { PeerTls } from "../lib/grpc/peer-settings.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { stateOfFiles } from "../os/file-state.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Who may have signed clients' certificates; none: clients are not asked. */
  readonly authorities: readonly string[];
  readonly requiresClient: boolean;
}

/** How often the files are looked at, milliseconds. A mounted Kubernetes secret changes by a link that is moved. */
const LOOK_MS = 5000;

/** @throws TetradError `config` when they cannot be read, or the key is another certificate's. */
export async function readTls({ cert, key, authorities, requiresClient }: TlsFiles): Promise<PeerTls> {
  const { X509Certificate, createPrivateKey } = await import("node:crypto");
  const tls = {
    cert: readOptionFile("server-tls-cert-file", cert),
    key: readOptionFile("server-tls-key-file", key),
    ...(authorities.length > 0 && {
      ca: authorities.map((path) => readOptionFile("server-tls-client-ca-files", path)),
    }),
    requiresClient,
  };
  const use = <T>(option: string, path: string, what: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      const why = `found no ${what} in it that can be used, expected PEM (${errorMessage(error)})`;
      throw new TetradError("config", `Cannot use --${option} "${path}": ${why}`, { cause: error });
    }
  };
  const certificate = use("server-tls-cert-file", cert, "certificate", () => new X509Certificate(tls.cert));
  const privateKey = use("server-tls-key-file", key, "private key", () => createPrivateKey(tls.key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new TetradError(
      "config",
      `Cannot use --server-tls-key-file "${key}": it is not the key of ${cert}`,
    );
  for (const [i, path] of authorities.entries())
    use("server-tls-client-ca-files", path, "certificate", () => new X509Certificate(tls.ca![i]!));
  return tls;
}

/** Looks after the files of a server. */
export class TlsWatch {
  readonly #files: TlsFiles;
  readonly #log: ConsolaInstance;
  readonly #use: (tls: PeerTls) => void;
  #state: string;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param use Takes what they say once they have changed. */
  constructor(files: TlsFiles, log: ConsolaInstance, use: (tls: PeerTls) => void) {
    this.#files = files;
    this.#log = log;
    this.#use = use;
    this.#state = stateOfFiles(pathsOf(files));
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads them if they have changed. What cannot be used is logged, and tried again when they change once more. */
  async look(): Promise<void> {
    const state = stateOfFiles(pathsOf(this.#files));
    if (state === this.#state) return;
    this.#state = state;
    try {
      this.#use(await readTls(this.#files));
      this.#log.info("Certificate read anew", { file: this.#files.cert });
    } catch (error) {
      this.#log.warn("Cannot use the changed certificate: the one before stays", {
        error: errorMessage(error),
      });
    }
  }
}

function pathsOf({ cert, key, authorities }: TlsFiles): string[] {
  return [cert, key, ...authorities];
}

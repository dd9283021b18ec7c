/** @module What a client of a TLS server needs of files. */
import { readOptionFile } from "../../config/option-file.ts";
import type { ClientTls } from "../../lib/grpc/connection.ts";
import { TetradError } from "../../os/error.ts";

/** Values of the `--tls-…` options. */
export interface TlsSettings {
  readonly ca: readonly string[];
  readonly cert: string;
  readonly key: string;
  readonly serverName: string;
  readonly skipsVerification: boolean;
}

/** @throws TetradError `config` for a file that cannot be read, or half of a pair. */
export function readClientTls({ ca, cert, key, serverName, skipsVerification }: TlsSettings): ClientTls {
  if ((cert === "") !== (key === "")) {
    const [given, missing] =
      cert === "" ? ["tls-key-file", "tls-cert-file"] : ["tls-cert-file", "tls-key-file"];
    throw new TetradError("config", `Cannot use --${given} alone: needs --${missing}, too`);
  }
  return {
    skipsVerification,
    ...(ca.length > 0 && { ca: ca.map((path) => readOptionFile("tls-ca-cert-files", path)) }),
    ...(cert !== "" && {
      cert: readOptionFile("tls-cert-file", cert),
      key: readOptionFile("tls-key-file", key),
    }),
    ...(serverName !== "" && { serverName }),
  };
}

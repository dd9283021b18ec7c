/** @module What the options of a connection say, with the files that they name. */
import { readOptionFile } from "../../config/option-file.ts";
import type { ClientTls } from "../../lib/client-tls.ts";
import { parseNodeUrl } from "../../lib/elasticsearch/host.ts";
import {
  type ClusterIdentity,
  type ClusterSettings,
  type Credentials,
  isApiKey,
} from "../../lib/elasticsearch/settings.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { CONNECTION_OPTIONS, ConnectionValues } from "./connection-options.ts";

/** @throws TetradError `config` for a file that cannot be read, or is not what it should be. */
export async function readConnection(values: ConnectionValues): Promise<ClusterSettings> {
  const proxy = values["elasticsearch-proxy"];
  return {
    hosts: values["elasticsearch-hosts"].map((host) => parseNodeUrl(host)!),
    timeoutMs: values["elasticsearch-timeout"],
    ...(proxy !== "" && { proxy }),
    ...(await readIdentity(values)),
  };
}

/** Reads credentials and certificates. @throws as {@link readConnection}. */
export async function readIdentity(values: ConnectionValues): Promise<ClusterIdentity> {
  return { credentials: readCredentials(values), tls: await readTls(values) };
}

/** The files that {@link readIdentity} reads. */
export function identityFiles(values: ConnectionValues): string[] {
  return [
    values["elasticsearch-api-key-file"],
    values["elasticsearch-password-file"],
    ...values["elasticsearch-tls-ca-files"],
    values["elasticsearch-tls-cert-file"],
    values["elasticsearch-tls-key-file"],
  ].filter((path) => path !== "");
}

function readCredentials(values: ConnectionValues): Credentials | undefined {
  const apiKey = values["elasticsearch-api-key"] || readSecret(values, "elasticsearch-api-key-file");
  if (apiKey !== "") {
    if (!isApiKey(apiKey))
      throw new TetradError(
        "config",
        "Cannot use the API key: found other characters than those of id:key or base64",
      );
    return { apiKey };
  }
  const user = values["elasticsearch-user"];
  if (user === "") return undefined;
  const password = values["elasticsearch-password"] || readSecret(values, "elasticsearch-password-file");
  return { user, password };
}

function readSecret(
  values: ConnectionValues,
  option: "elasticsearch-api-key-file" | "elasticsearch-password-file",
): string {
  const path = values[option];
  if (path === "") return "";
  const secret = readOptionFile(option, path).toString().trim();
  // It goes into a header: a line break would end that.
  if (secret === "" || /[\r\n]/.test(secret))
    throw new TetradError("config", `Cannot use --${option} "${path}": found no single line of text in it`);
  return secret;
}

/** PEM is looked at here: what the runtime says of nonsense is "typo in the url?". */
async function readTls(values: ConnectionValues): Promise<ClientTls> {
  const authorities = values["elasticsearch-tls-ca-files"];
  const [cert, key] = [values["elasticsearch-tls-cert-file"], values["elasticsearch-tls-key-file"]];
  const verification = values["elasticsearch-tls-verification"];
  if (authorities.length === 0 && cert === "") return { verification };
  const { X509Certificate, createPrivateKey } = await import("node:crypto");
  const read = <T>(
    option: keyof typeof CONNECTION_OPTIONS,
    path: string,
    what: string,
    use: (pem: Buffer) => T,
  ) => {
    const pem = readOptionFile(option, path);
    try {
      return { pem: pem.toString(), used: use(pem) };
    } catch (error) {
      const why = `found no ${what} in it that can be used, expected PEM (${errorMessage(error)})`;
      throw new TetradError("config", `Cannot use --${option} "${path}": ${why}`, { cause: error });
    }
  };
  const ca = authorities.map(
    (path) => read("elasticsearch-tls-ca-files", path, "certificate", (pem) => new X509Certificate(pem)).pem,
  );
  if (cert === "") return { ca, verification };
  const own = read("elasticsearch-tls-cert-file", cert, "certificate", (pem) => new X509Certificate(pem));
  const secret = read("elasticsearch-tls-key-file", key, "private key", (pem) => createPrivateKey(pem));
  if (!own.used.checkPrivateKey(secret.used))
    throw new TetradError(
      "config",
      `Cannot use --elasticsearch-tls-key-file "${key}": it is not the key of ${cert}`,
    );
  return { ...(ca.length > 0 && { ca }), cert: own.pem, key: secret.pem, verification };
}

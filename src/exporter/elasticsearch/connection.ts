/** @module What the options of a connection say, with the files that they name. */
import { readOptionFile } from "../../config/option-file.ts";
import { parseNodeUrl } from "../../lib/elasticsearch/host.ts";
import {
  type ClusterIdentity,
  type ClusterSettings,
  type Credentials,
  isApiKey,
} from "../../lib/elasticsearch/settings.ts";
import { TetradError } from "../../os/error.ts";
import { readTls, tlsFiles } from "../tls-files.ts";
import type { ConnectionValues } from "./connection-options.ts";

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
  return { credentials: readCredentials(values), tls: await readTls("elasticsearch", values) };
}

/** The files that {@link readIdentity} reads. */
export function identityFiles(values: ConnectionValues): string[] {
  return [
    values["elasticsearch-api-key-file"],
    values["elasticsearch-password-file"],
    ...tlsFiles("elasticsearch", values),
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

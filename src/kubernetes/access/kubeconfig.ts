/** @module Access as a kubeconfig describes it (`kubectl config view`). */
import { X509Certificate } from "node:crypto";
import { dirname, isAbsolute, join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { readTrustedFile } from "../../config/trust.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { type ApiAccess, type ApiCredentials, isPem, type Material, type PemKind } from "./access.ts";

const text = v.optional(v.nullable(v.string()));
/** What is not named here is ignored, as kubectl does. */
const Cluster = v.object({
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": v.optional(v.nullable(v.boolean())),
  "tls-server-name": text,
  "proxy-url": text,
});
const User = v.object({
  token: text,
  tokenFile: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  username: text,
  password: text,
  as: text,
  exec: v.optional(v.unknown()),
  "auth-provider": v.optional(v.unknown()),
});
const Context = v.object({ cluster: text, user: text, namespace: text });
/** Entries have a name, and what they are under the name of their kind. */
const entries = v.optional(v.nullable(v.array(v.looseObject({ name: v.string() }))), []);
const Kubeconfig = v.object({
  clusters: entries,
  users: entries,
  contexts: entries,
  "current-context": text,
});

type ClusterEntry = v.InferOutput<typeof Cluster>;
type UserEntry = v.InferOutput<typeof User>;

/**
 * Reads a kubeconfig and takes its current context.
 * @throws TetradError `config` when there is none, it cannot be understood, or asks for what the agent does not do.
 */
export function readKubeconfig(path: string): ApiAccess {
  const read = readTrustedFile(path);
  if ("refused" in read) throw new TetradError("config", `Cannot read kubeconfig "${path}": ${read.refused}`);
  if (read.text === undefined)
    throw new TetradError("config", `Cannot read kubeconfig "${path}": there is no such file`);
  return new KubeconfigReader(path).access(read.text);
}

/** What is wrong with a certificate or key; `undefined` where nothing can be seen. */
function pemProblem(text: string, kind: PemKind): string | undefined {
  if (!isPem(text, kind)) return text.startsWith("-----BEGIN") ? "PEM of something else" : "no PEM";
  if (kind === "key") return undefined;
  try {
    new X509Certificate(text);
    return undefined;
  } catch {
    return "no certificate in what is PEM by its frame";
  }
}

/** Takes what is needed out of one file. */
class KubeconfigReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  access(text: string): ApiAccess {
    const config = this.#parse(text);
    const name = config["current-context"] ?? "";
    if (name === "") throw this.#refusal('it has no "current-context"');
    const context = this.#find(config.contexts, name, "context", Context);
    const clusterName = context.cluster ?? "";
    const cluster = this.#find(config.clusters, clusterName, "cluster", Cluster);
    const userName = context.user ?? "";
    const user = userName === "" ? {} : this.#find(config.users, userName, "user", User);
    const ca = this.#material(cluster, "certificate-authority", "certificate", `cluster "${clusterName}"`);
    const serverName = cluster["tls-server-name"] ?? "";
    if ((cluster["proxy-url"] ?? "") !== "")
      throw this.#refusal(`cluster "${clusterName}" has "proxy-url": the agent asks the API server directly`);
    return {
      server: this.#server(cluster, clusterName),
      ...(ca !== undefined && { ca }),
      ...(serverName !== "" && { serverName }),
      skipsVerification: cluster["insecure-skip-tls-verify"] === true,
      credentials: this.#credentials(user, userName),
      namespace: context.namespace || "default",
      origin: `the kubeconfig ${this.#path}`,
    };
  }

  #parse(text: string): v.InferOutput<typeof Kubeconfig> {
    let document: unknown;
    try {
      document = parse(text, { maxAliasCount: 100 });
    } catch (error) {
      throw this.#refusal(errorMessage(error).split("\n", 1)[0]!.replace(/:$/, ""), error);
    }
    return this.#check(Kubeconfig, document ?? {}, "");
  }

  #check<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    const [issue] = result.issues;
    const where = [what, v.getDotPath(issue)].filter(Boolean).join(": ") || "it";
    throw this.#refusal(`${where} is ${issue.received}, expected ${issue.expected}`);
  }

  /** The entry of a name, of a `kind` that is also what it stands under. */
  #find<T>(
    list: readonly { readonly name: string; readonly [kind: string]: unknown }[] | null,
    name: string,
    kind: string,
    schema: v.GenericSchema<unknown, T>,
  ): T {
    const entry = list?.find((each) => each.name === name)?.[kind];
    if (entry === undefined || entry === null) throw this.#refusal(`it has no ${kind} "${name}"`);
    return this.#check(schema, entry, `${kind} "${name}"`);
  }

  #server({ server }: ClusterEntry, name: string): string {
    const url = URL.canParse(server ?? "") ? new URL(server!) : undefined;
    const isUrl =
      url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "";
    if (!isUrl)
      throw this.#refusal(`cluster "${name}" has server "${server ?? ""}", expected https://HOST:PORT`);
    return url.href.replace(/\/+$/, "");
  }

  #credentials(user: Partial<UserEntry>, name: string): ApiCredentials {
    const programs = [
      ["exec", user.exec],
      ["auth-provider", user["auth-provider"]],
    ] as const;
    for (const [kind, value] of programs) {
      if (value === undefined || value === null) continue;
      throw this.#refusal(
        `user "${name}" has "${kind}", which wants a program to be run for credentials, and an agent with the rights of this one runs none: give it a token, a tokenFile or a client certificate (kubectl create token NAME)`,
      );
    }
    if ((user.as ?? "") !== "")
      throw this.#refusal(`user "${name}" has "as": give the agent a user of its own`);
    const token = user.token
      ? { text: user.token }
      : user.tokenFile
        ? { file: this.#resolve(user.tokenFile) }
        : undefined;
    const cert = this.#material(user, "client-certificate", "certificate", `user "${name}"`);
    const key = this.#material(user, "client-key", "key", `user "${name}"`);
    if ((cert === undefined) !== (key === undefined))
      throw this.#refusal(`user "${name}" has a client certificate or a key, expected both`);
    return {
      ...(token !== undefined && { token }),
      ...(user.username && { basic: { user: user.username, password: user.password ?? "" } }),
      ...(cert !== undefined && key !== undefined && { cert, key }),
    };
  }

  /** @param name Of the entry's field for a file; with `-data` behind it, that for the PEM itself. @param whose The entry. */
  #material<Name extends string>(
    entry: { readonly [field in Name | `${Name}-data`]?: string | null | undefined },
    name: Name,
    kind: PemKind,
    whose: string,
  ): Material | undefined {
    const { [name]: file, [`${name}-data` as const]: data } = entry as Record<string, string | null>;
    // As in kubectl, data comes before a file.
    if (!data) return file ? { file: this.#resolve(file) } : undefined;
    const text = Buffer.from(data, "base64").toString("utf8");
    const problem = pemProblem(text, kind);
    if (problem === undefined) return { text };
    throw this.#refusal(
      `${whose} has "${name}-data" that is ${problem}, expected base64 of a ${kind} in PEM`,
    );
  }

  /** Paths are relative to the file that has them. */
  #resolve(path: string): string {
    return isAbsolute(path) ? path : join(dirname(this.#path), path);
  }

  #refusal(why: string, cause?: unknown): TetradError {
    return new TetradError("config", `Cannot use kubeconfig "${this.#path}": ${why}`, { cause });
  }
}

/** @module Access from inside a pod: what Kubernetes puts into every container. */
import { TetradError } from "../../os/error.ts";
import { formatHostPort } from "../../os/socket-address.ts";
import { type ApiAccess, readMaterial } from "./access.ts";

/** Where Kubernetes mounts the service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a container was given. */
export interface InClusterSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @default where Kubernetes mounts it */
  readonly serviceAccount?: string;
}

/** Whether this is a container of a pod, by its environment. */
export function isInCluster({ environment }: InClusterSettings): boolean {
  const { KUBERNETES_SERVICE_HOST = "", KUBERNETES_SERVICE_PORT = "" } = environment;
  return KUBERNETES_SERVICE_HOST !== "" && KUBERNETES_SERVICE_PORT !== "";
}

/**
 * The access of the pod that the agent runs in.
 * @throws TetradError `config` when this is none, or its service account is not mounted.
 */
export function inClusterAccess(settings: InClusterSettings): ApiAccess {
  const { environment, serviceAccount = SERVICE_ACCOUNT } = settings;
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = environment;
  if (host === "" || port === "")
    throw new TetradError(
      "config",
      "Cannot find the Kubernetes API server: this is not a pod (KUBERNETES_SERVICE_HOST is not set), and --k8s-kubeconfig-path names no kubeconfig",
    );
  const access: ApiAccess = {
    server: `https://${formatHostPort(host, Number(port))}`,
    ca: { file: `${serviceAccount}/ca.crt` },
    skipsVerification: false,
    credentials: { token: { file: `${serviceAccount}/token` } },
    namespace: readNamespace(serviceAccount),
    origin: "the pod's service account",
  };
  try {
    readMaterial(access.credentials.token!);
    readMaterial(access.ca!);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TetradError(
      "config",
      `Cannot use the pod's service account: ${why}: is automountServiceAccountToken false?`,
      { cause: error },
    );
  }
  return access;
}

function readNamespace(serviceAccount: string): string {
  try {
    return readMaterial({ file: `${serviceAccount}/namespace` }).trim() || "default";
  } catch {
    return "default";
  }
}

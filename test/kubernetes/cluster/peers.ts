/** @module A real API server, and what talks to it: for `npm run acceptance -- kubernetes`, which builds them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const SCRIPTS = join(ROOT, "test/peers");

/** Where the commands are, and images. */
export const PEERS = join(process.env.PEERS_CACHE ?? join(homedir(), ".cache/peers"), "kubernetes");
const PATHS = [join(PEERS, "bin"), join(PEERS, "venv/bin"), process.env.PATH ?? ""].join(":");

/** What a command has said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A cluster: an API server, and with {@link Cluster.addNode} a node. */
export interface Cluster {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly port: number;
  /** Runs a command with the cluster's credentials, and directories of Helm's of its own. */
  run(command: readonly string[], input?: string): Promise<Said>;
  /** The same. @returns What it prints. @throws Error with what it says, where it fails. */
  ask(command: readonly string[], input?: string): Promise<string>;
  /** Starts containerd, the kubelet, the controller manager and the scheduler. */
  addNode(): Promise<void>;
  /** Kills the API server, in the middle of what it does. */
  killApiServer(): Promise<void>;
  /** Starts it anew, at the same port, with what etcd has kept. */
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts etcd and an API server. @throws Error with what they say. */
export async function startCluster(): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-cluster-"));
  const [port, etcd] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    PATH: PATHS,
    PEERS,
    KUBECONFIG: join(directory, "kubeconfig"),
    HELM_CACHE_HOME: join(directory, "helm/cache"),
    HELM_CONFIG_HOME: join(directory, "helm/config"),
    HELM_DATA_HOME: join(directory, "helm/data"),
  };
  const run = async (command: readonly string[], input = ""): Promise<Said> => {
    const child = Bun.spawn([...command], { env, stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, err };
  };
  const ask = async (command: readonly string[], input?: string): Promise<string> => {
    const { code, out, err } = await run(command, input);
    if (code !== 0) throw new Error(`${command.join(" ")}: ${err}${out}`);
    return out;
  };
  // The servers go on when the script ends, and would keep its pipes open.
  const start = async (script: string, ...args: string[]): Promise<void> => {
    const log = join(directory, `${script}.log`);
    // A node's mounts are shared with its pods (mountPropagation: Bidirectional), and are not to be this host's.
    const prefix = script === "kube-node" ? ["unshare", "--mount", "--propagation=shared"] : [];
    const child = Bun.spawn([...prefix, join(SCRIPTS, script), directory, ...args], {
      env,
      stdout: Bun.file(log),
      stderr: Bun.file(log),
    });
    if ((await child.exited) !== 0) throw new Error(`${script}: ${await Bun.file(log).text()}`);
  };
  const stop = async (): Promise<void> => {
    await endKubelet(join(directory, "kubelet.pid"));
    await endTasks(join(directory, "cri/containerd.sock"), run);
    await run([join(SCRIPTS, "kube-up"), directory, "stop"]);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start("kube-up", `${port}`, `${etcd}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    directory,
    kubeconfig: join(directory, "kubeconfig"),
    port,
    run,
    ask,
    addNode: () => start("kube-node", `${port}`),
    killApiServer: () => end(Number(readFileSync(join(directory, "apiserver.pid"), "utf8")), "SIGKILL"),
    startApiServer: () => start("kube-up", `${port}`, `${etcd}`),
    stop,
  };
}

/** It starts anew what is ended. */
async function endKubelet(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  rmSync(pidFile);
  await end(pid, "SIGTERM");
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal);
    while (process.kill(pid, 0)) await Bun.sleep(50);
  } catch {
    // It is gone.
  }
}

/** Containers go on when containerd ends. */
async function endTasks(socket: string, run: Cluster["run"]): Promise<void> {
  if (!existsSync(socket)) return;
  const ctr = ["ctr", "-a", socket, "-n", "k8s.io"];
  const { out } = await run([...ctr, "task", "ls", "-q"]);
  for (const task of out.split("\n").filter(Boolean)) await run([...ctr, "task", "rm", "-f", task]);
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}

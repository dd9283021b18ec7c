/** @module Network namespaces that a test makes for itself. */
import { onEnd } from "./harness.ts";

/** Whether this process may make network namespaces. */
export const CAN_UNSHARE =
  Bun.spawnSync(["unshare", "--net", "--mount", "true"], { stderr: "ignore" }).exitCode === 0;
if (!CAN_UNSHARE) console.warn("SKIPPED: tests that need a network namespace; run them as root");

/** A network and mount namespace, held open by a process that ends with the test. */
export interface Namespace {
  readonly pid: number;
  /** Put before a command, runs it in the namespace. */
  readonly prefix: readonly string[];
  /** Runs a shell script in the namespace and gives what it prints. Throws with its output when it fails. */
  readonly shell: (script: string) => string;
}

/** Makes a namespace; loopback is up. */
export async function makeNamespace(): Promise<Namespace> {
  const script = "ip link set lo up && echo ready && exec sleep 300";
  const holder = Bun.spawn(["unshare", "--net", "--mount", "sh", "-c", script], {
    stdout: "pipe",
    stderr: "inherit",
  });
  onEnd(async () => {
    holder.kill("SIGKILL");
    await holder.exited;
  });
  const { value } = await holder.stdout.getReader().read();
  if (value === undefined) throw new Error("Cannot make a network namespace");
  const prefix = ["nsenter", `--target=${holder.pid}`, "--net", "--mount", "--"];
  return {
    pid: holder.pid,
    prefix,
    shell(text) {
      const result = Bun.spawnSync([...prefix, "sh", "-ec", text]);
      if (result.exitCode !== 0) throw new Error(`${text}\n${result.stderr}`);
      return result.stdout.toString();
    },
  };
}

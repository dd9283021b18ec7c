/** @module Prometheus' own programs, where they are: Debian's package, as `scripts/ci/peers.sh` unpacks it. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const UNPACKED = join(import.meta.dir, "../../../.tmp/peers/prometheus/usr/bin");

/** `undefined` where it is not: tests that need it are skipped, and counted as such. */
export function findPrometheus(program: "prometheus" | "promtool"): string | undefined {
  const path = join(UNPACKED, program);
  return existsSync(path) ? path : (Bun.which(program) ?? undefined);
}

/** What promtool says, and how it ended. */
export async function promtool(args: readonly string[], input = "", cwd?: string) {
  const child = Bun.spawn([findPrometheus("promtool")!, ...args], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    ...(cwd !== undefined && { cwd }),
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, text: out + err };
}

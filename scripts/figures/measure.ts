/** @module Measures an executable and the tree. Instructions are counted in a virtual machine. */
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Glob } from "bun";
import { runInMachine } from "../../test/vm/machine.ts";
import { prepareFixture } from "../bench/fixture.ts";
import { buildNativePrograms } from "../bench/native.ts";
import { measureIdleRss } from "../bench/start.ts";
import { median } from "../bench/statistics.ts";
import { isGenerated } from "../generated.ts";
import type { ExecutableFigures, Instructions, Machine } from "./figures.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const KERNEL = "6.1";
const EVENTS = { meanBytes: 1800, count: 30_000, seed: 1 };
const MEMORY_RUNS = 3;
/** Three minutes when nothing else runs. */
const TIMEOUT_SECONDS = 1500;

/** Lines of `src/` by room, generated files not counted. */
export async function countLines(): Promise<Record<string, number>> {
  const lines: Record<string, number> = {};
  for await (const path of new Glob("**/*.ts").scan(`${ROOT}src`)) {
    const text = readFileSync(`${ROOT}src/${path}`, "utf8");
    if (isGenerated(text)) continue;
    const room = path.split("/")[0]!;
    lines[room] = (lines[room] ?? 0) + text.split("\n").length - 1;
  }
  return Object.fromEntries(Object.entries(lines).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What {@link countInstructions} runs on; downloads the kernel when it is not there. */
export function readMachine(): Machine {
  const kernel = Bun.spawnSync([`${ROOT}test/vm/kernel-vm`, `--kernel=${KERNEL}`, "--fetch"], {
    stderr: "inherit",
  });
  if (kernel.exitCode !== 0) throw new Error(`Cannot get kernel ${KERNEL}`);
  const qemu = Bun.spawnSync(["qemu-system-x86_64", "--version"]).stdout.toString();
  return {
    kernel: kernel.stdout.toString().split(" ")[1]!,
    qemu: /version ([\d.]+)/.exec(qemu)?.[1] ?? "unknown",
  };
}

async function countInstructions(executable: string): Promise<Instructions> {
  if (!buildNativePrograms()) throw new Error("Cannot count instructions: install gcc");
  const { path } = prepareFixture(EVENTS);
  const { exitCode, stdout, stderr } = await runInMachine({
    kernel: KERNEL,
    countsInstructions: true,
    timeoutSeconds: TIMEOUT_SECONDS,
    shared: [dirname(executable)].filter((directory) => /^\/(tmp|var\/tmp|run)\//.test(directory)),
    command: ["bun", "scripts/figures/in-machine.ts", executable, path],
  });
  if (exitCode !== 0)
    throw new Error(`Cannot count instructions: the machine ended with ${exitCode}\n${stderr}`);
  return JSON.parse(stdout) as Instructions;
}

/** Everything about one executable. @param executable An absolute path. */
export async function measureExecutable(
  executable: string,
  onProgress: (text: string) => void,
): Promise<ExecutableFigures> {
  onProgress(`${executable}: idle memory`);
  const memory: number[] = [];
  for (let i = 0; i < MEMORY_RUNS; i++) memory.push(await measureIdleRss(executable));
  onProgress(`${executable}: instructions, in a virtual machine (two to five minutes)`);
  return {
    bytes: statSync(executable).size,
    idleRssBytes: median(memory),
    instructions: await countInstructions(executable),
  };
}

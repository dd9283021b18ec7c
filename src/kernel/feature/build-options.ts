/** @module The options that the running kernel was built with, as far as it or its package says so. */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";

/** Bytes of the options, unpacked: a distribution's are some 300 KB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Those that tracing and hooks of security modules depend on; Tetragon asks for the same. */
export const BUILD_OPTIONS = [
  ...["AUDIT", "AUDITSYSCALL", "BPF", "BPF_EVENTS", "BPF_JIT", "BPF_JIT_DEFAULT_ON", "BPF_KPROBE_OVERRIDE"],
  ...[
    "BPF_SYSCALL",
    "CGROUPS",
    "DEBUG_INFO_BTF",
    "DEBUG_INFO_BTF_MODULES",
    "FTRACE_SYSCALLS",
    "HAVE_BPF_JIT",
  ],
  ...["HAVE_EBPF_JIT", "SECURITY"],
].map((name) => `CONFIG_${name}`);

/** The first that there is. */
const FILES = ["/proc/config.gz", `/boot/config-${release()}`] as const;

/**
 * Values of {@link BUILD_OPTIONS}: `y`, `m`, or `n` where one is not set.
 * @throws the system's error when neither file can be read; SyntaxError when one is not what it should be.
 */
export function readBuildOptions(files: readonly string[] = FILES): Map<string, string> {
  const text = readFirst(files);
  const values = new Map(BUILD_OPTIONS.map((name) => [name, "n"]));
  for (const line of text.split("\n")) {
    const [, name = "", value = ""] = /^(CONFIG_\w+)=(.+)$/.exec(line.trim()) ?? [];
    if (values.has(name)) values.set(name, value);
  }
  return values;
}

function readFirst(files: readonly string[]): string {
  let failure: unknown;
  for (const path of files) {
    try {
      const bytes = readFileSync(path);
      return (path.endsWith(".gz") ? gunzip(bytes) : bytes).toString("latin1");
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function gunzip(bytes: Buffer): Buffer {
  return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
}

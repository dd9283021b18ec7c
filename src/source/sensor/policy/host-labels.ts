/**
 * @module The labels that a host has of itself, by Tetragon's names (`pkg/…/local`), which `nodeSelector` of policies looks at.
 * Source: its documentation, "Node selector for local policies".
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { readUname } from "../../../os/early-files.ts";
import { HOST_LABEL_PREFIX } from "../../../policy/node.ts";

const NOTES = "/sys/kernel/notes";
/** `NT_GNU_BUILD_ID` of elf.h. */
const BUILD_ID = 3;
const OWNER = "GNU\0";
const HEADER_SIZE = 12;

/** A label of this host, or `undefined` where it does not have it. @param key With its prefix */
export function hostLabel(key: string): string | undefined {
  return LABELS[key.slice(HOST_LABEL_PREFIX.length)]?.();
}

const LABELS: Readonly<Record<string, () => string | undefined>> = {
  arch: () => (process.arch === "x64" ? "amd64" : process.arch),
  os: () => process.platform,
  hostname: () => readUname()?.hostname || undefined,
  "internal-ip": () => firstAddress(),
  "kernel-build-id": () => kernelBuildId(),
  "kernel-major-version": () => kernelVersion(0),
  "kernel-minor-version": () => kernelVersion(1),
};

function firstAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

function kernelVersion(part: 0 | 1): string | undefined {
  return /^(\d+)\.(\d+)/.exec(readUname()?.release ?? "")?.[part + 1];
}

function kernelBuildId(): string | undefined {
  try {
    return buildIdOf(readFileSync(NOTES));
  } catch {
    return undefined;
  }
}

/** The build id among ELF notes, in hexadecimal digits. Source: elf(5), "Notes (Nhdr)". */
export function buildIdOf(notes: Uint8Array): string | undefined {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  for (let at = 0; at + HEADER_SIZE <= notes.length; ) {
    const [nameSize, size, type] = [0, 4, 8].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    const name = at + HEADER_SIZE;
    const content = name + aligned(nameSize);
    if (
      type === BUILD_ID &&
      new TextDecoder("latin1").decode(notes.subarray(name, name + nameSize)) === OWNER
    )
      return notes.subarray(content, content + size).toHex();
    at = content + aligned(size);
  }
  return undefined;
}

function aligned(size: number): number {
  return (size + 3) & ~3;
}

/** @module What the kernel counts of this process (proc(5)). */
import { readdirSync } from "node:fs";
import { readProcFile } from "./proc-file.ts";

/** Figures of this process; one that cannot be read is absent. */
export interface ProcessFigures {
  readonly cpuSeconds?: number;
  readonly residentBytes?: number;
  readonly virtualBytes?: number;
  /** Infinity for no limit. */
  readonly maxVirtualBytes?: number;
  readonly openDescriptors?: number;
  readonly maxDescriptors?: number;
  /** Of the network namespace. */
  readonly receivedBytes?: number;
  readonly transmittedBytes?: number;
}

/** Clock ticks a second, as user space sees them (`USER_HZ`). */
const TICKS = 100;

/** Reads them all: a few small files. */
export function processFigures(): ProcessFigures {
  return { ...ofStat(), ...ofStatus(), ...ofLimits(), ...ofDescriptors(), ...ofNetwork() };
}

function ofStat(): ProcessFigures {
  return attempt(() => {
    const text = readProcFile("/proc/self/stat");
    // The name may hold anything; what follows it begins with field 3.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => Number(fields[number - 3]);
    return { cpuSeconds: (field(14) + field(15)) / TICKS, virtualBytes: field(23) };
  });
}

function ofStatus(): ProcessFigures {
  return attempt(() => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readProcFile("/proc/self/status"))?.[1];
    return kilobytes === undefined ? {} : { residentBytes: Number(kilobytes) * 1024 };
  });
}

function ofLimits(): ProcessFigures {
  return attempt(() => {
    const text = readProcFile("/proc/self/limits");
    const limit = (name: string) => {
      const found = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(text)?.[1];
      return found === "unlimited" ? Number.POSITIVE_INFINITY : Number(found);
    };
    return { maxDescriptors: limit("Max open files"), maxVirtualBytes: limit("Max address space") };
  });
}

function ofDescriptors(): ProcessFigures {
  return attempt(() => ({ openDescriptors: readdirSync("/proc/self/fd").length }));
}

function ofNetwork(): ProcessFigures {
  return attempt(() => {
    const [names, values] = readProcFile("/proc/self/net/netstat")
      .split("\n")
      .filter((line) => line.startsWith("IpExt:"))
      .map((line) => line.split(" "));
    const value = (name: string) => Number(values?.[names?.indexOf(name) ?? -1]);
    return { receivedBytes: value("InOctets"), transmittedBytes: value("OutOctets") };
  });
}

/** What could not be read, and what was no number, is left out. */
function attempt(read: () => ProcessFigures): ProcessFigures {
  try {
    return Object.fromEntries(Object.entries(read()).filter(([, value]) => !Number.isNaN(value)));
  } catch {
    return {};
  }
}

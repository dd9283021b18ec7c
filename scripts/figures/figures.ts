/** @module The figures that are kept in the repository, and when one of them is worse than it was. */

/** Executed instructions, user's and kernel's. */
export interface Instructions {
  /** From exec to exit of an agent that sends one event of a file. */
  readonly start: number;
  /** File to UDP, for each event of 1.8 KB. */
  readonly event: number;
  /** What the sensor adds to a process that starts and ends. */
  readonly process: number;
  /** What the sensor adds to a TCP connection over loopback, both ends of it. */
  readonly connection: number;
}

/** What the instructions were counted on. */
export interface Machine {
  /** Version of Debian's kernel package: `6.1.176-1`. */
  readonly kernel: string;
  /** Version of QEMU: `7.2.22`. */
  readonly qemu: string;
}

/** What is measured of one executable. */
export interface ExecutableFigures {
  readonly bytes: number;
  /** Resident memory of an agent that follows an empty file, bytes. */
  readonly idleRssBytes: number;
  readonly instructions: Instructions;
}

/** The tracked file. */
export interface Figures extends ExecutableFigures {
  readonly machine: Machine;
  /** Lines of `src/` by room, generated files not counted. */
  readonly lines: Readonly<Record<string, number>>;
  /** An older executable that the figures may be held against, and the commit that it was built from. */
  readonly baseline?: ExecutableFigures & { readonly commit: string };
}

/** One figure then and now. */
export interface FigureRow {
  readonly name: string;
  readonly recorded: number;
  readonly measured: number;
  /** How much more is allowed, as a part of what was recorded; `undefined` where more is not a fault. */
  readonly tolerance: number | undefined;
}

/**
 * By figure. What the sensor costs is counted over some thousands of events, in which the runtime's compilers are at work:
 * the same executable was seen to differ by 7 % between runs; start and event by half a percent.
 */
const INSTRUCTION_TOLERANCE = { start: 0.03, event: 0.03, process: 0.08, connection: 0.08 } as const;
const SIZE_TOLERANCE = 0.03;
/** The allocator's moods. */
const MEMORY_TOLERANCE = 0.1;

/** The figures side by side. A room that is new or gone has 0 on the other side. */
export function compareFigures(recorded: Figures, measured: Figures): FigureRow[] {
  const rows: FigureRow[] = [
    {
      name: "executable, bytes",
      recorded: recorded.bytes,
      measured: measured.bytes,
      tolerance: SIZE_TOLERANCE,
    },
    {
      name: "idle memory, bytes",
      recorded: recorded.idleRssBytes,
      measured: measured.idleRssBytes,
      tolerance: MEMORY_TOLERANCE,
    },
  ];
  for (const name of ["start", "event", "process", "connection"] as const) {
    rows.push({
      name: `instructions, ${name}`,
      recorded: recorded.instructions[name],
      measured: measured.instructions[name],
      tolerance: INSTRUCTION_TOLERANCE[name],
    });
  }
  const rooms = new Set([...Object.keys(recorded.lines), ...Object.keys(measured.lines)]);
  for (const room of [...rooms].sort()) {
    rows.push({
      name: `lines, ${room}`,
      recorded: recorded.lines[room] ?? 0,
      measured: measured.lines[room] ?? 0,
      tolerance: undefined,
    });
  }
  return rows;
}

/** Whether a figure grew by more than it may. */
export function isWorse({ recorded, measured, tolerance }: FigureRow): boolean {
  return tolerance !== undefined && measured > recorded * (1 + tolerance);
}

/** Whether a figure fell by so much that the recorded one would let it grow again unseen. */
export function isStale({ recorded, measured, tolerance }: FigureRow): boolean {
  return tolerance !== undefined && measured < recorded * (1 - tolerance);
}

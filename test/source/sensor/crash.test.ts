/** What is left in the kernel of an agent that had no time to clean up. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { SystemCallError, systemCall } from "../../../src/os/system-call.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createPidNamespace, until } from "./support.ts";

const SYS_BPF = process.arch === "arm64" ? 280 : 321;
/** Of `enum bpf_cmd`: commands that give the first id above another. */
const NEXT_ID = { prog: 11, map: 12, link: 31 } as const;
type ObjectKind = keyof typeof NEXT_ID;

/** Something in the kernel. */
interface KernelObjectId {
  readonly kind: ObjectKind;
  readonly id: number;
}

/** The programs, maps and links that a process holds by descriptor. */
function objectsOf(pid: number): KernelObjectId[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const info = readIfThere(`/proc/${pid}/fdinfo/${fd}`);
    return (["link", "prog", "map"] as const).flatMap((kind) => {
      const id = new RegExp(`^${kind}_id:\\s*(\\d+)`, "m").exec(info)?.[1];
      return id === undefined ? [] : [{ kind, id: Number(id) }];
    });
  });
}

/** A descriptor may be closed between the listing and the look at it. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Whether the kernel still has it. */
function exists({ kind, id }: KernelObjectId): boolean {
  const attributes = new Uint32Array([id - 1, 0, 0, 0]);
  try {
    systemCall(
      `bpf(${kind} NEXT_ID)`,
      SYS_BPF,
      NEXT_ID[kind],
      new Uint8Array(attributes.buffer),
      attributes.byteLength,
    );
  } catch (error) {
    if (error instanceof SystemCallError && error.errnoName === "ENOENT") return false;
    throw error;
  }
  return attributes[1] === id;
}

describeWithBpf("an agent that is killed", () => {
  test("leaves no link, program or map behind", async () => {
    await using enclosure = await createPidNamespace();
    const agent = Bun.spawn(
      [
        process.execPath,
        new URL("../../../src/main.ts", import.meta.url).pathname,
        "--event-source=sensor",
        `--sensor-scope=${enclosure.scope}`,
        "--enable-network-events",
        "--udp-output-enabled",
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    try {
      // fork, exec, exit, sockets.
      await until(() => objectsOf(agent.pid).filter(({ kind }) => kind === "link").length >= 4, "it watches");
      const objects = objectsOf(agent.pid);
      expect(objects.every(exists)).toBe(true);
      expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(["link", "prog", "map"]));
      agent.kill("SIGKILL");
      await agent.exited;
      expect(agent.signalCode).toBe("SIGKILL");
      // The kernel frees what nobody holds any more after a grace period.
      await until(() => !objects.some(exists), "the kernel has let go of everything");
    } finally {
      agent.kill("SIGKILL");
    }
  });
});

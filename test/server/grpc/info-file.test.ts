import { afterEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createConsola } from "consola/core";
import type { ServedAgent } from "../../../src/server/definition.ts";
import { InfoFile } from "../../../src/server/grpc/info-file.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function setUp() {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-test-"));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  const options = [
    { name: "export-filename", value: "/var/log/a.log" },
    { name: "bpf-lib", value: "/var/lib/tetragon/" },
    { name: "metrics-server", value: ":2112" },
  ];
  const agent = { options: () => options } as unknown as ServedAgent;
  const path = join(directory, "run/tetragon-info.json");
  const warnings: string[] = [];
  const log = createConsola({
    level: 1,
    reporters: [{ log: ({ args }) => void warnings.push(String(args[0])) }],
  });
  const file = new InfoFile({ agent, path, log });
  const read = (): unknown => JSON.parse(readFileSync(path, "utf8"));
  return { directory, path, file, read, warnings };
}

test("InfoFile says what Tetragon's says, and goes", async () => {
  const { path, file, read } = setUp();
  await file.write("localhost:54321");
  expect(read()).toEqual({
    export_fname: "/var/log/a.log",
    lib_dir: "/var/lib/tetragon",
    btf_fname: "",
    server_address: "localhost:54321",
    metrics_address: ":2112",
    gops_address: "",
    map_dir: "",
    bpftool_path: "",
    gops_path: "",
    pid: process.pid,
  });
  file.remove();
  expect(() => readFileSync(path)).toThrow("ENOENT");
});

test("InfoFile takes the place of one whose agent has gone, and leaves another's that came later", async () => {
  const { path, file, read } = setUp();
  await file.write("a:1");
  for (const left of ["", "[]", '{"pid":"x"}', '{"pid":4194305,"server_address":"unix:///nowhere"}']) {
    writeFileSync(path, left);
    await file.write("a:1");
    expect(read()).toMatchObject({ server_address: "a:1" });
  }
  writeFileSync(path, '{"pid":1}');
  file.remove();
  expect(read()).toEqual({ pid: 1 });
});

test("InfoFile reads nothing but small files, and nothing where everybody may put some", async () => {
  const { directory, path, file, warnings } = setUp();
  mkdirSync(join(directory, "run"));
  Bun.spawnSync(["mkfifo", path]);
  // Else it would wait for whoever writes to the pipe.
  await file.write("a:1");
  expect(statSync(path).isFIFO()).toBe(true);
  unlinkSync(path);
  writeFileSync(path, " ".repeat(100_000));
  await file.write("a:1");
  expect(statSync(path).size).toBe(100_000);
  unlinkSync(path);
  chmodSync(join(directory, "run"), 0o1777);
  expect(warnings).toEqual([]);
  await file.write("a:1");
  expect(existsSync(path)).toBe(false);
  expect(warnings).toEqual([`Cannot write ${path}: clients have to be given the address`]);
});

test("InfoFile is not stopped by what an agent of the same number has left half done", async () => {
  const { path, file, read } = setUp();
  mkdirSync(dirname(path));
  writeFileSync(`${path}.${process.pid}`, "half");
  await file.write("a:1");
  expect(read()).toMatchObject({ server_address: "a:1" });
});

test("InfoFile leaves that of an agent on whose address somebody listens", async () => {
  const { directory, path, file, read } = setUp();
  const socket = join(directory, "live.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ path: socket }, resolve));
  cleanups.push(() => void server.close());
  await file.write("a:1");
  writeFileSync(path, JSON.stringify({ pid: 4_194_305, server_address: `unix://${socket}` }));
  await file.write("a:1");
  expect(read()).toMatchObject({ pid: 4_194_305 });
});

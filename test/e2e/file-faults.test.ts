import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, TETRAD, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

/** Runs a line of shell, in which `$TETRAD` is the executable and `$D` an empty directory. */
async function shell(line: string, directory: string) {
  const child = Bun.spawn(["sh", "-c", line], {
    env: { PATH: process.env.PATH, TETRAD, D: directory },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, stdout, stderr };
}

const ALL = "--from-beginning --exit-at-end";

describe("files that are not what their names say", () => {
  test.each([
    ["a glob that standard output's file matches", '--event-source="file:$D/q/*.log"'],
    ["a linked directory", '--event-source="file:$D/linked/*.log"'],
  ])("standard output is not read again through %s", async (_how, source) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "q"));
    symlinkSync("q", join(directory, "linked"));
    writeFileSync(join(directory, "q/a.log"), `${EVENTS[0]}\n`);
    const line = `$TETRAD ${source} --from-beginning --exit-at-end --export-stdout >> $D/q/out.log`;
    const { code, stderr } = await shell(line, directory);
    expect(stderr).toContain("this agent writes it");
    expect(code).toBe(0);
    expect(readFileSync(join(directory, "q/out.log"), "utf8").trimEnd().split("\n")).toEqual([EVENTS[0]!]);
  });

  test("a descriptor that the shell opened is not read again", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "a.log"), `${EVENTS[0]}\n`);
    const line = `$TETRAD --event-source="file:$D/*.log" ${ALL} --export-filename=/dev/fd/7 7>> $D/out.log`;
    const { code, stderr } = await shell(line, directory);
    expect(stderr).toContain("this agent writes it");
    expect(code).toBe(0);
    expect(readFileSync(join(directory, "out.log"), "utf8").trimEnd().split("\n")).toEqual([EVENTS[0]!]);
  });

  test("standard input that is standard output's file is refused", async () => {
    const directory = temporaryDirectory();
    const line = "$TETRAD --event-source=stdin --export-stdout < $D/x >> $D/x";
    writeFileSync(join(directory, "x"), `${EVENTS[0]}\n`);
    const { code, stderr } = await shell(line, directory);
    expect([code, stderr]).toEqual([2, expect.stringContaining("a file that this agent writes to")]);
    expect(readFileSync(join(directory, "x"), "utf8")).toBe(`${EVENTS[0]}\n`);
  });

  test.each([
    ["/dev/stdout in a pipe", "TETRAGON_EXPORT_FILENAME=/dev/stdout", "| cat"],
    ["/dev/stdout in a file", "TETRAGON_EXPORT_FILENAME=/dev/stdout", "> $D/out; cat $D/out"],
    ["/proc/self/fd/3", "TETRAGON_EXPORT_FILENAME=/proc/self/fd/3", "3>&1 | cat"],
    ["/dev/stderr", "TETRAGON_EXPORT_FILENAME=/dev/stderr", "2>&1 >/dev/null | grep process_"],
  ])("TETRAGON_EXPORT_FILENAME: %s", async (_what, variable, rest) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "a.log"), EVENTS.map((line) => `${line}\n`).join(""));
    const { stdout } = await shell(
      `${variable} $TETRAD --event-source=file:$D/a.log ${ALL} ${rest}`,
      directory,
    );
    expect(stdout.trimEnd().split("\n")).toEqual([...EVENTS]);
  });

  test("as few descriptors as the agent starts with are enough for any number of files", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "q"));
    for (let i = 0; i < 60; i++) writeFileSync(join(directory, `q/${i}.log`), `${EVENTS[0]}\n`);
    const line = `ulimit -n 40; $TETRAD --event-source="file:$D/q/*.log" ${ALL} --export-stdout`;
    const { code, stdout, stderr } = await shell(line, directory);
    expect(stdout.trimEnd().split("\n")).toHaveLength(60);
    expect(stderr).toContain("the limit of open files is low");
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(0);
  });
});

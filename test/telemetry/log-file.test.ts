import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../src/telemetry/log.ts";
import { openLogFile } from "../../src/telemetry/log-file.ts";

const isRoot = process.geteuid?.() === 0;
const STRANGER = 65_533;

class Place implements Disposable {
  readonly path = fs.mkdtempSync(join(tmpdir(), "tetrad-log-"));
  at(name: string): string {
    return join(this.path, name);
  }
  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

test("a log file that has become a FIFO does not make the agent wait: the old file stays", () => {
  using place = new Place();
  const file = place.at("agent.log");
  const { log, reopen } = createLog({ level: "error", format: "text", file });
  fs.renameSync(file, place.at("agent.log.1"));
  execFileSync("mkfifo", [file]);
  reopen();
  log.error("after the change");
  expect(fs.readFileSync(place.at("agent.log.1"), "utf8")).toContain("after the change");
  // So that the old file is closed.
  fs.rmSync(file);
  fs.symlinkSync("/proc/self/fd/2", file);
  reopen();
});

test("a log can be a FIFO that somebody reads; when that one does not read, lines are dropped and nobody waits", () => {
  using place = new Place();
  execFileSync("mkfifo", [place.at("fifo")]);
  expect(() => openLogFile(place.at("fifo"))).toThrow("ENXIO");
  const reader = fs.openSync(place.at("fifo"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const { fd, close } = openLogFile(place.at("fifo"));
  expect(() => {
    for (let i = 0; i < 1000; i++) fs.writeSync(fd, "x".repeat(1000));
  }).toThrow("EAGAIN");
  close();
  fs.closeSync(reader);
});

test.each([
  [0o666, 0o664],
  [0o622, 0o620],
  [0o644, 0o644],
])("a log file of mode %o is one of %o from then on: not everybody writes to it", (before, after) => {
  using place = new Place();
  fs.writeFileSync(place.at("agent.log"), "text\n");
  fs.chmodSync(place.at("agent.log"), before);
  const { fd, close } = openLogFile(place.at("agent.log"));
  fs.writeSync(fd, "more\n");
  close();
  expect(fs.statSync(place.at("agent.log")).mode & 0o777).toBe(after);
  expect(fs.readFileSync(place.at("agent.log"), "utf8")).toBe("text\nmore\n");
});

test("a log can be /dev/null, or a descriptor of the agent", () => {
  using place = new Place();
  openLogFile("/dev/null").close();
  const own = fs.openSync(place.at("own"), "a");
  const { fd, close } = openLogFile(`/proc/self/fd/${own}`);
  expect(fd).toBe(own);
  close();
  fs.writeSync(own, "still open\n");
  fs.closeSync(own);
});

test.skipIf(!isRoot)(
  "a link, a directory or a file of another user is refused, and no byte is written",
  () => {
    using place = new Place();
    fs.writeFileSync(place.at("precious"), "text\n");
    fs.symlinkSync(place.at("precious"), place.at("link"));
    fs.lchownSync(place.at("link"), STRANGER, STRANGER);
    expect(() => openLogFile(place.at("link"))).toThrow("symbolic link");
    fs.writeFileSync(place.at("foreign"), "");
    fs.chownSync(place.at("foreign"), STRANGER, STRANGER);
    expect(() => openLogFile(place.at("foreign"))).toThrow(`owned by user ${STRANGER}`);
    openLogFile(place.at("foreign"), STRANGER).close();
    openLogFile(place.at("new"), STRANGER).close();
    expect(fs.statSync(place.at("new")).uid).toBe(STRANGER);
    fs.mkdirSync(place.at("shared"));
    fs.chmodSync(place.at("shared"), 0o777);
    expect(() => openLogFile(place.at("shared/agent.log"))).toThrow("everybody may write");
    expect(() => openLogFile(place.at("shared/agent.log"))).toThrow("with --user");
    fs.symlinkSync(place.at("shared"), place.at("way"));
    expect(() => openLogFile(place.at("way/agent.log"))).toThrow("everybody may write");
    expect(fs.readdirSync(place.at("shared"))).toEqual([]);
    expect(fs.readFileSync(place.at("precious"), "utf8")).toBe("text\n");
  },
);

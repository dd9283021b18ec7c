import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { backupName, parseBackupName } from "../../../src/exporter/file/backup-name.ts";

const TIME = new Date("2026-01-31T23:59:58.007Z");
const STAMP = "2026-01-31T23-59-58.007";

describe("backupName()", () => {
  test("puts the time in UTC before the extension, as lumberjack does", () => {
    expect(backupName("/var/log/tetragon/tetragon.log", TIME)).toBe(`tetragon-${STAMP}.log`);
    expect(backupName("events", TIME)).toBe(`events-${STAMP}`);
    expect(backupName("a.tar.json", TIME)).toBe(`a.tar-${STAMP}.json`);
    expect(backupName(".events", TIME)).toBe(`-${STAMP}.events`);
  });
});

describe("parseBackupName()", () => {
  test("takes plain, compressed and half compressed backups", () => {
    for (const ending of ["", ".gz", ".gz.tmp"]) {
      const name = `tetragon-${STAMP}.log${ending}`;
      const plainName = `tetragon-${STAMP}.log`;
      expect(parseBackupName("/x/tetragon.log", name)).toEqual({ name, plainName, time: STAMP });
    }
  });

  test("refuses every other file", () => {
    const others = [
      "tetragon.log",
      "tetragon.log.gz",
      "tetragon-.log",
      "tetragon-old.log",
      `tetragon-${STAMP}`,
      `tetragon-${STAMP}.log.bz2`,
      `other-${STAMP}.log`,
      `tetragon-x-${STAMP}.log`,
      "tetragon-2026-02-30T23-59-58.007.log",
      "tetragon-2026-01-31T24-59-58.007.log",
      "tetragon-2026-01-31T23-59-58.log",
      "tetragon-2026-01-31T23-59-58.007Z.log",
    ];
    for (const name of others) expect(parseBackupName("/x/tetragon.log", name)).toBeUndefined();
  });

  test("takes what backupName() makes, whatever the file is called, and times sort as they passed", () => {
    const time = fc.date({
      min: new Date(0),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    const path = fc.stringMatching(/^[a-z.-]{1,12}$/);
    fc.assert(
      fc.property(path, time, time, (path, first, second) => {
        const [a, b] = [first, second].map((time) => parseBackupName(path, backupName(path, time)));
        expect(Math.sign(first.getTime() - second.getTime())).toBe(
          a!.time < b!.time ? -1 : a!.time > b!.time ? 1 : 0,
        );
      }),
    );
  });
});

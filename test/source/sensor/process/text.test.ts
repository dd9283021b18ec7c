/** The small parts that make text of what the kernel and procfs show. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { joinPathNames, PATH_END } from "../../../../src/kernel/program/index.ts";
import { formatIpv4, formatIpv6, swapBytes } from "../../../../src/lib/text/kernel-address.ts";
import { exitStatus, signalName } from "../../../../src/source/sensor/probe/exit/signal.ts";
import {
  formatArguments,
  parseEnvironment,
  withoutName,
  withoutPadding,
} from "../../../../src/source/sensor/process/arguments.ts";
import { containerId } from "../../../../src/source/sensor/process/container-id.ts";
import {
  binaryProperties,
  capabilitiesJson,
  capabilitySets,
  credentialsOf,
} from "../../../../src/source/sensor/process/credentials.ts";
import { dataFlags, FLAG, flagsJson } from "../../../../src/source/sensor/process/flags.ts";
import { Usernames } from "../../../../src/source/sensor/process/usernames.ts";
import { credentialsOfUser } from "../made-up.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("formatArguments()", () => {
  for (const [memory, expected] of [
    ["", ""],
    ["cmd", ""],
    ["cmd\0", ""],
    ["cmd\0one\0two\0", "one two"],
    ["cmd\0-c\0echo a b\0", '-c "echo a b"'],
    ["cmd\0a b\0c\0", '"a b" c'],
    ["cmd\0a\0\0b\0\0\0", 'a "" b "" ""'],
    ["cmd\0a\0\0", 'a ""'],
    ["cmd\0\0a\0", '"" a'],
    ["cmd\0\0\0", '"" ""'],
    ["cmd\0\0", '""'],
    ["cmd\0 \0", '" "'],
    ["cmd\0a\0\0b c\0", 'a "" "b c"'],
    ["cmd\0cut in the mid", '"cut in the mid"'],
    ['cmd\0say "hi"\0', '"say "hi""'],
  ] as const) {
    test(`of ${JSON.stringify(memory)}`, () => {
      expect(formatArguments(withoutName(bytes(memory)))).toBe(expected);
    });
  }

  test("keeps every argument, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,8}$/), { minLength: 1 }), (list) => {
        const quoted = list.map((text) => (text.includes(" ") ? `"${text}"` : text)).join(" ");
        expect(formatArguments(bytes([...list, ""].join("\0")))).toBe(quoted);
      }),
    );
  });
});

describe("withoutPadding()", () => {
  for (const [memory, argc, expected] of [
    ["cmd\0a\0\0", 3, "cmd\0a\0\0"],
    ["cmd\0\0\0", 3, "cmd\0\0\0"],
    ["title\0\0\0\0\0\0", 2, "title\0"],
    ["cmd\0a\0\0", undefined, "cmd\0a\0"],
    ["cmd\0a\0", 1, "cmd\0a\0"],
    ["\0\0", undefined, "\0"],
    ["", 1, ""],
  ] as const) {
    test(`of ${JSON.stringify(memory)}, begun with ${argc ?? "an unknown number of"} arguments`, () => {
      expect(new TextDecoder().decode(withoutPadding(bytes(memory), argc))).toBe(expected);
    });
  }
});

test("parseEnvironment() splits at the first equals sign and keeps the names that are asked for", () => {
  const memory = bytes("A=1\0B=x=y\0=nameless\0broken\0C=\0");
  expect(parseEnvironment(memory, new Set())).toEqual([
    { Key: "A", Value: "1" },
    { Key: "B", Value: "x=y" },
    { Value: "nameless" },
    { Key: "C" },
  ]);
  expect(parseEnvironment(memory, new Set(["B", "Z"]))).toEqual([{ Key: "B", Value: "x=y" }]);
});

test("parseEnvironment() leaves out a last variable that was cut", () => {
  expect(parseEnvironment(bytes("A=1\0B=hal"), new Set())).toEqual([{ Key: "A", Value: "1" }]);
  expect(parseEnvironment(bytes("A=hal"), new Set())).toEqual([]);
});

test("text keeps a byte order mark that it begins with", () => {
  expect(formatArguments(bytes("\ufeffa\0b\0"))).toBe("\ufeffa b");
  expect(parseEnvironment(bytes("\ufeffA=\ufeff\0"), new Set())).toEqual([
    { Key: "\ufeffA", Value: "\ufeff" },
  ]);
  expect(joinPathNames(bytes("\ufeff\0\ufeffdir\0"))).toBe("/\ufeffdir/\ufeff");
});

const ID = "0123456789abcdef".repeat(4);

describe("containerId()", () => {
  for (const [name, expected] of [
    [ID, ID.slice(0, 31)],
    [`docker-${ID}.scope`, ID.slice(0, 31)],
    [`cri-containerd-${ID}.scope`, ID.slice(0, 31)],
    [`crio-${ID}`, ID.slice(0, 31)],
    [`kubepods-burstable-pod12.slice:cri-containerd:${ID}`, ID.slice(0, 31)],
    ["system.slice", ""],
    ["", ""],
    [`${ID}0`, ""],
    [`user-${ID.slice(1)}`, ""],
  ] as const) {
    test(`of "${name}" is "${expected}"`, () => {
      expect(containerId(name)).toBe(expected);
    });
  }
});

describe("joinPathNames()", () => {
  for (const [names, expected] of [
    ["", "/"],
    ["/\0", "/"],
    ["\0", "/"],
    ["\0bin\0", "/bin"],
    ["bin\0usr\0", "/usr/bin"],
    ["a b\0\0", "/a b"],
    ["memfd:x\0", "/memfd:x"],
  ] as const) {
    test(`of ${JSON.stringify(names)} is "${expected}"`, () => {
      expect(joinPathNames(bytes(names))).toBe(expected);
    });
  }

  test("says that its start is missing", () => {
    expect(joinPathNames(bytes("c\0b\0"), PATH_END.incomplete)).toBe(".../b/c");
  });

  test("says that it does not lead to the root, as getcwd(2) does", () => {
    expect(joinPathNames(bytes("sh\0bin\0"), PATH_END.unreachable)).toBe("(unreachable)/bin/sh");
    expect(joinPathNames(bytes(""), PATH_END.unreachable)).toBe("(unreachable)/");
  });

  test("ends, whatever the names are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 2, maxLength: 12 }), (names) => {
        expect(joinPathNames(names)).toStartWith("/");
      }),
    );
  });

  test("joins what a walk from leaf to root collects", () => {
    const name = fc.stringMatching(/^[^/\0]{1,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 10 }), (list) => {
        const names = list.toReversed().map((text) => `${text}\0`);
        expect(joinPathNames(bytes(names.join("")))).toBe(`/${list.join("/")}`);
      }),
    );
  });
});

describe("exitStatus()", () => {
  const SIGNAL_GROUP_EXIT = 4;
  for (const [name, facts, expected] of [
    ["exit_group", [SIGNAL_GROUP_EXIT, 42 << 8, 0], ["", 42]],
    ["exit of the last thread", [0, 0, 3 << 8], ["", 3]],
    ["a signal", [SIGNAL_GROUP_EXIT, 9, 9], ["SIGKILL", 0]],
    ["a signal with a core dump", [SIGNAL_GROUP_EXIT, 0x80 | 11, 0], ["SIGSEGV", 0]],
    ["a real-time signal", [SIGNAL_GROUP_EXIT, 36, 0], ["SIGRTMIN+2", 0]],
  ] as const) {
    test(`of ${name}`, () => {
      const [signal_flags, group_exit_code, leader_exit_code] = facts;
      const [signal, status] = expected;
      expect(exitStatus({ signal_flags, group_exit_code, leader_exit_code })).toEqual({ signal, status });
    });
  }

  test("names every signal by its usual name", () => {
    expect([1, 6, 13, 15, 29, 31].map(signalName)).toEqual([
      "SIGHUP",
      "SIGABRT",
      "SIGPIPE",
      "SIGTERM",
      "SIGIO",
      "SIGSYS",
    ]);
  });
});

test("dataFlags() says of what Tetragon would send as data of its own", () => {
  // 1,024 bytes less the 64 before the name, the name without its NUL: that many do not fit any more.
  for (const [nameSize, argumentsSize, expected] of [
    [9, 950, 0],
    [9, 951, FLAG.dataArgs],
    [253, 706, 0],
    [253, 707, FLAG.dataArgs],
    // In its place are 24 bytes that say where it is.
    [254, 935, FLAG.dataFilename],
    [254, 936, FLAG.dataFilename | FLAG.dataArgs],
    [4000, 0, FLAG.dataFilename],
  ] as const) {
    expect({ nameSize, argumentsSize, flags: dataFlags(nameSize, argumentsSize) }).toEqual({
      nameSize,
      argumentsSize,
      flags: expected,
    });
  }
});

test("flagsJson() writes flags in Tetragon's order", () => {
  const text = (flags: number): string => new TextDecoder().decode(flagsJson(flags));
  expect(text(FLAG.inInitTree | FLAG.clone | FLAG.rootcwd | FLAG.execve)).toBe(
    ',"flags":"execve rootcwd clone inInitTree"',
  );
  expect(text(FLAG.procFS)).toBe(',"flags":"procFS"');
  expect(text(0)).toBe("");
});

const credentials = credentialsOfUser(1000);

describe("credentials", () => {
  test("capabilities are named as Tetragon names them, empty sets left out", () => {
    const sets = capabilitySets({ ...credentials, cap_permitted: 0b11n, cap_effective: 1n << 40n });
    expect(sets).toEqual({
      permitted: ["CAP_CHOWN", "DAC_OVERRIDE"],
      effective: ["CAP_CHECKPOINT_RESTORE"],
    });
    expect(capabilitiesJson(sets)).toBe(`,"cap":${JSON.stringify(sets)}`);
  });

  test("secure bits are told when there are some", () => {
    expect(credentialsOf({ ...credentials, securebits: 0x11 })).toEqual({
      uid: 1000,
      gid: 1000,
      euid: 1000,
      egid: 1000,
      suid: 1000,
      sgid: 1000,
      fsuid: 1000,
      fsgid: 1000,
      securebits: ["SecBitNoRoot", "SecBitKeepCaps"],
    });
  });
});

describe("binaryProperties()", () => {
  const plain = {
    ...credentials,
    cap_ambient: 0n,
    inode: 5n,
    nlink: 1,
    inode_uid: 0,
    inode_gid: 0,
    mode: 0o100755,
    secureexec: 0,
    per_clear: 0,
  };
  for (const [name, file, expected] of [
    ["an ordinary program", plain, ""],
    [
      "a set-uid program of root",
      { ...plain, mode: 0o104755, euid: 0, secureexec: 1, per_clear: 1, cap_permitted: 1n },
      ',"binary_properties":{"setuid":0,"privileges_changed":["PRIVILEGES_RAISED_EXEC_FILE_SETUID"]}',
    ],
    ["a set-uid program that its owner runs", { ...plain, mode: 0o104755, inode_uid: 1000 }, ""],
    [
      "a set-gid program of another group",
      { ...plain, mode: 0o102755, inode_gid: 7, egid: 7, secureexec: 1, per_clear: 1 },
      ',"binary_properties":{"setgid":7}',
    ],
    [
      "a program with file capabilities",
      { ...plain, secureexec: 1, per_clear: 1, cap_permitted: 1n << 13n },
      ',"binary_properties":{"privileges_changed":["PRIVILEGES_RAISED_EXEC_FILE_CAP"]}',
    ],
    [
      "a program with file capabilities that the process had already",
      { ...plain, secureexec: 1, per_clear: 0, cap_permitted: 1n << 13n },
      "",
    ],
    [
      "a program with file capabilities that also changes the user",
      { ...plain, euid: 1001, secureexec: 1, per_clear: 1, cap_permitted: 1n << 13n },
      "",
    ],
    [
      "a program that was deleted",
      { ...plain, nlink: 0 },
      ',"binary_properties":{"file":{"inode":{"number":"5","links":0},"path":"/x"}}',
    ],
  ] as const) {
    test(`of ${name}`, () => {
      const text = JSON.stringify(binaryProperties(file, "/x"));
      expect(text === undefined ? "" : `,"binary_properties":${text}`).toBe(expected);
    });
  }
});

test("Usernames reads the file again when it changed, and lives without it", () => {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-passwd-"));
  try {
    const path = join(directory, "passwd");
    const names = new Usernames(path);
    expect(names.get(0)).toBeUndefined();
    writeFileSync(path, "root:x:0:0::/root:/bin/sh\nadmin:x:0:0::/:/bin/sh\nbroken\nme:x:1000:1000::/:\n");
    expect(names.refresh()).toBe(true);
    expect(names.refresh()).toBe(false);
    expect(names.get(0)).toBe("root");
    expect(names.get(1000)).toBe("me");
    expect(names.get(5)).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("addresses", () => {
  test("formatIpv4() and swapBytes() take network byte order", () => {
    expect(formatIpv4(0x0100007f)).toBe("127.0.0.1");
    expect(formatIpv4(0xfe01a8c0)).toBe("192.168.1.254");
    expect(swapBytes(0x5000)).toBe(80);
  });

  for (const [groups, expected] of [
    ["0 0 0 0 0 0 0 0", "::"],
    ["0 0 0 0 0 0 0 1", "::1"],
    ["2001 db8 0 0 1 0 0 1", "2001:db8::1:0:0:1"],
    ["2001 db8 0 1 1 1 1 1", "2001:db8:0:1:1:1:1:1"],
    ["fe80 0 0 0 0 0 0 0", "fe80::"],
    ["0 0 0 0 0 ffff 7f00 1", "::ffff:127.0.0.1"],
  ] as const) {
    test(`formatIpv6() of ${groups} is ${expected}`, () => {
      const data = new DataView(new ArrayBuffer(16));
      for (const [index, group] of groups.split(" ").entries()) {
        data.setUint16(index * 2, Number.parseInt(group, 16), false);
      }
      const part = (index: number): number => data.getUint32(index * 4, true);
      expect(formatIpv6([part(0), part(1), part(2), part(3)])).toBe(expected);
    });
  }
});

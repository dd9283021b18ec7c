import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findUser, parsePasswd } from "../../src/os/user.ts";

const root = mkdtempSync(join(tmpdir(), "tetrad-user-"));
mkdirSync(join(root, "etc"));
writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\ntetrad:x:990:980::/:/bin/false\n");
writeFileSync(join(root, "etc/group"), "root:x:0:\nadm:x:4:syslog\n");
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ["tetrad", { uid: 990, gid: 980 }],
  ["990", { uid: 990, gid: 980 }],
  ["tetrad:adm", { uid: 990, gid: 4 }],
  ["tetrad:7", { uid: 990, gid: 7 }],
  ["4242:4242", { uid: 4242, gid: 4242 }],
])("findUser() finds %s", (text, user) => {
  expect(findUser(text, root)).toEqual(user);
});

test.each([
  ["nobody", 'Cannot use user "nobody": "nobody" is not in /etc/passwd'],
  ["4242", 'Cannot use user "4242": it has no entry in /etc/passwd, expected USER:GROUP'],
  ["tetrad:wheel", 'Cannot use user "tetrad:wheel": "wheel" is not in /etc/group'],
  ["", 'Cannot use user "": expected USER or USER:GROUP, names or numbers'],
  ["tetrad:", 'Cannot use user "tetrad:": expected USER or USER:GROUP, names or numbers'],
  ["a:b:c", 'Cannot use user "a:b:c": expected USER or USER:GROUP, names or numbers'],
  ["4294967295", 'Cannot use user "4294967295": "4294967295" is not in /etc/passwd'],
])("findUser() refuses %p", (text, message) => {
  expect(() => findUser(text, root)).toThrow(message);
});

test("parsePasswd() leaves out what names no user", () => {
  expect(parsePasswd("root:x:0:0:root:/:/bin/sh\n\nbroken\n+::::::\nme:x:1000\n")).toEqual([
    { name: "root", uid: 0, gid: 0 },
    { name: "me", uid: 1000, gid: undefined },
  ]);
});

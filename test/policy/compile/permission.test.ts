import { expect, test } from "bun:test";
import { permissionText } from "../../../src/policy/compile/argument/permission.ts";

test.each([
  [0o100644, "-rw-r--r--"],
  [0o040755, "drwxr-xr-x"],
  [0o010600, "prw-------"],
  [0o140777, "srwxrwxrwx"],
  [0o120777, "lrwxrwxrwx"],
  [0o020666, "crw-rw-rw-"],
  [0o060660, "brw-rw----"],
  [0o104755, "-rwsr-xr-x"],
  [0o102644, "-rw-r-Sr--"],
  [0o041777, "drwxrwxrwt"],
  [0, "---------"],
])("permissionText(%o) is what ls(1) prints", (mode, text) => {
  expect(permissionText(mode)).toBe(text);
});

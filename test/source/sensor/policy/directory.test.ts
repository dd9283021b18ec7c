/** The directory of policies that need not be there. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createConsola } from "consola";
import { type ChangedFile, PolicyDirectory } from "../../../../src/source/sensor/policy/directory.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync("/var/tmp/tetrad-policies-");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** What comes next. */
function watch(path: string, mayBeMissing: boolean) {
  let pending = Promise.withResolvers<readonly ChangedFile[]>();
  const warnings: unknown[] = [];
  const log = createConsola({ reporters: [{ log: ({ args }) => void warnings.push(args[0]) }] });
  const onChange = (changes: readonly ChangedFile[]) => pending.resolve(changes);
  const directory = new PolicyDirectory({ path, mayBeMissing, loaded: [], log, onChange });
  const next = async () => {
    const changes = await pending.promise;
    pending = Promise.withResolvers();
    return changes;
  };
  return { directory, warnings, next };
}

test("PolicyDirectory notices a directory that comes after the start, and those that lead to it", async () => {
  const path = join(parent, "tetragon", "tetragon.tp.d");
  const { directory, warnings, next } = watch(path, true);
  using _ = directory;
  mkdirSync(path, { recursive: true });
  const file = join(path, "a.yaml");
  writeFileSync(file, "kind: TracingPolicy");
  expect(await next()).toEqual([{ path: file, text: "kind: TracingPolicy" }]);
  rmSync(file);
  expect(await next()).toEqual([{ path: file, text: undefined }]);
  expect(warnings).toEqual([]);
});

test("PolicyDirectory warns of one that somebody named and that is not there", async () => {
  const path = join(parent, "policies");
  const { directory, warnings, next } = watch(path, false);
  using _ = directory;
  while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual(["Cannot read the directory of policies: they stay"]);
  mkdirSync(path);
  writeFileSync(join(path, "a.yaml"), "kind: TracingPolicy");
  expect(await next()).toHaveLength(1);
});

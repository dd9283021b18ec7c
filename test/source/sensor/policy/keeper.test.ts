/** Policies that clients brought are kept where nobody else can say what they are. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type ConsolaInstance, createConsola } from "consola";
import { PolicyKeeper } from "../../../../src/source/sensor/policy/keeper.ts";

const KEY = { domain: "grpc", namespace: "", name: "one" };
const KEPT = { text: "kind: TracingPolicy", isEnabled: true, mode: "enforce" } as const;
/** Any user but root and this one. */
const OTHER = 65_533;
const isRoot = process.getuid?.() === 0;

let directory: string;
let warnings: string[];
let log: ConsolaInstance;

beforeEach(() => {
  directory = mkdtempSync("/var/tmp/tetrad-keeper-");
  warnings = [];
  const log_ = ({ args }: { readonly args: unknown[] }) =>
    warnings.push(args.map((each) => JSON.stringify(each)).join(" "));
  log = createConsola({ reporters: [{ log: log_ }] });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("PolicyKeeper reads what it has kept, in a directory that it makes for its user alone", () => {
  const path = join(directory, "a/b");
  new PolicyKeeper(path, log).put(KEY, KEPT);
  expect(warnings).toEqual([]);
  expect(new PolicyKeeper(path, log).read()).toEqual({
    kept: [{ key: KEY, text: KEPT.text, isEnabled: true, mode: "enforce" }],
    problems: [],
  });
});

test("PolicyKeeper keeps policies whose names are longer than those of files may be", () => {
  const keeper = new PolicyKeeper(directory, log);
  const key = { domain: "grpc", namespace: "n".repeat(63), name: "p".repeat(253) };
  const twin = { ...key, name: `${"p".repeat(252)}q` };
  keeper.put(key, KEPT);
  keeper.put(twin, KEPT);
  expect(warnings).toEqual([]);
  const keys = () => new Set(keeper.read().kept.map((each) => each.key));
  expect(keys()).toEqual(new Set([key, twin]));
  keeper.remove(key);
  expect(keys()).toEqual(new Set([twin]));
});

test.each([0o777, 0o1777, 0o775])(
  "PolicyKeeper reads and writes nothing where others may write: mode %o",
  (mode) => {
    const keeper = new PolicyKeeper(directory, log);
    keeper.put(KEY, KEPT);
    chmodSync(directory, mode);
    const { kept, problems } = keeper.read();
    expect(kept).toEqual([]);
    expect(problems[0]).toContain(
      `Cannot read kept policies in "${directory}": found directory ${directory}, which`,
    );
    keeper.put({ ...KEY, name: "two" }, KEPT);
    expect(warnings[0]).toContain('Cannot keep policy \\"two\\" for the next start');
    expect(readdirSync(directory)).toEqual(["one::grpc.json"]);
  },
);

test.skipIf(!isRoot)("PolicyKeeper trusts no directory of another user, and no link of theirs", () => {
  const keeper = new PolicyKeeper(directory, log);
  const target = join(directory, "victim");
  symlinkSync(target, join(directory, ".unfinished"));
  chownSync(directory, OTHER, OTHER);
  keeper.put(KEY, KEPT);
  expect(warnings).toHaveLength(1);
  expect(existsSync(target)).toBe(false);
  expect(keeper.read().problems[0]).toContain(`owned by user ${OTHER}`);
  // Who the agent will be may own it.
  const own = new PolicyKeeper(directory, log, { uid: OTHER, gid: OTHER } as never);
  expect(own.read().problems).toEqual([]);
});

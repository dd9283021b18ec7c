import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUILTIN_NAMES, readBuiltin, summaryOf } from "../../../src/policy/builtin/index.ts";
import { readPolicies } from "../../../src/policy/document/index.ts";

const DIRECTORY = join(import.meta.dir, "../../../policies");

test("the policies that come with the agent are the files of policies/", () => {
  expect(BUILTIN_NAMES.map((name) => `${name}.yaml`)).toEqual(readdirSync(DIRECTORY).sort());
  expect(readBuiltin("../package")).toBeUndefined();
  expect(readBuiltin("constructor")).toBeUndefined();
});

describe.each(BUILTIN_NAMES)("The policy %s", (name) => {
  const text = readBuiltin(name)!;

  test("is its file, is called like it, and says what it is for", () => {
    expect(text).toBe(readFileSync(join(DIRECTORY, `${name}.yaml`), "utf8"));
    expect(readPolicies(text, { file: name }).policies.map((policy) => policy.name)).toEqual([name]);
    expect(summaryOf(text)).toMatch(/^[A-Z].*\.$/);
  });

  test("has stack traces of each event that it posts, where that is asked for", () => {
    const added = readBuiltin(`${name}+stacks`)!;
    const { policies, findings } = readPolicies(added, { file: name });
    expect(findings).toEqual([]);
    const posts = policies[0]!.hooks.flatMap(({ selectors }) =>
      selectors.flatMap(({ actions }) => actions.filter((action) => action.action === "Post")),
    );
    const hooks = policies[0]!.hooks.filter(({ target }) => target.kind !== "tracepoint");
    expect(hooks.every(({ selectors }) => selectors.length > 0)).toBe(true);
    expect(posts.length).toBeGreaterThan(0);
    for (const post of posts)
      expect(post).toMatchObject({ hasKernelStackTrace: true, hasUserStackTrace: true });
    const own = (text: string) => readPolicies(text, { file: name }).policies[0]!.hooks;
    expect(own(added).map(({ target, args }) => [target, args.length])).toEqual(
      own(text).map(({ target, args }) => [target, args.length]),
    );
    expect(readBuiltin(`${name}+nothing`)).toBeUndefined();
  });

  test.each(["x64", "arm64"] as const)("has nothing wrong or doubtful in it for %s", (machine) => {
    expect(readPolicies(text, { file: name, machine }).findings).toEqual([]);
  });
});

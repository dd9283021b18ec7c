import { expect, test } from "bun:test";
import { getPriority } from "node:os";

const MODULE = new URL("../../../src/source/sensor/priority.ts", import.meta.url).pathname;

/** The nice value of a process that has asked for one, and what it was told. */
function niceAfter(nice: number | "auto", ...prefix: string[]) {
  const script = `
    const { setReaderPriority } = await import("${MODULE}");
    const { getPriority } = await import("node:os");
    const before = getPriority();
    const [warnings, said] = [[], []];
    setReaderPriority(${JSON.stringify(nice)}, { info: (text) => said.push(text), warn: (text) => warnings.push(text) });
    console.log(JSON.stringify({ change: getPriority() - before, after: getPriority(), warnings, said }));`;
  // From 0, whatever a sensor in another test has made of this process.
  const neutral = ["nice", "-n", String(-getPriority())];
  const { stdout } = Bun.spawnSync([...neutral, ...prefix, process.execPath, "-e", script]);
  return JSON.parse(stdout.toString()) as {
    change: number;
    after: number;
    warnings: string[];
    said: string[];
  };
}

test("the reader gets the priority that is asked for; 0 leaves it as it is", () => {
  expect(niceAfter(0)).toMatchObject({ change: 0, warnings: [] });
  expect(niceAfter(19)).toMatchObject({ after: 19, warnings: [] });
});

test.if(process.getuid?.() === 0)(
  "a priority above others takes a right, and without it a warning says so",
  () => {
    expect(niceAfter(-15)).toMatchObject({ after: -15, warnings: [] });
    const { change, warnings } = niceAfter(-15, "setpriv", "--bounding-set=-sys_nice");
    expect(change).toBe(0);
    expect(warnings).toEqual([expect.stringContaining("CAP_SYS_NICE")]);
  },
);

test.if(process.getuid?.() === 0)(
  "by itself it takes that of the unit, unless it was started with another one or has no right to it",
  () => {
    expect(niceAfter("auto", "nice", "-n", "7")).toMatchObject({ change: 0, warnings: [], said: [] });
    expect(niceAfter("auto")).toMatchObject({ after: -15, warnings: [], said: [] });
    const refused = niceAfter("auto", "setpriv", "--bounding-set=-sys_nice");
    expect(refused).toMatchObject({ change: 0, warnings: [] });
    expect(refused.said).toEqual([expect.stringContaining("CAP_SYS_NICE")]);
  },
);

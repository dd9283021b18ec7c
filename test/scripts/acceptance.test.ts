import { expect, test } from "bun:test";

function acceptance(...names: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, `${import.meta.dir}/../../scripts/acceptance/main.ts`, ...names],
    { stdin: "ignore" },
  );
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

test("without a name it lists the runs, one line each", () => {
  const { exitCode, stdout } = acceptance();
  expect(exitCode).toBe(0);
  for (const name of ["kernels", "policies", "arm64", "instructions", "loss", "scan"])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
});

test("a name that is not there exits with 2 and names the nearest, or all", () => {
  expect(acceptance("kernel")).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `Cannot run "kernel": no such acceptance run; did you mean "kernels"?\n`,
  });
  expect(acceptance("something").stderr).toBe(
    `Cannot run "something": no such acceptance run; there are kernels, policies, policy-sweep, policy-examples, arm64, instructions, loss, scan, elastic, elasticsearch, kubernetes, outputs, modules\n`,
  );
});

/** @module `tetrad sdk`: what writing an exporter module takes, and the tests of one. */
import { readdirSync } from "node:fs";
import { readValues } from "../config/flags.ts";
import { sdkFiles } from "../exporter/module/sdk/files.ts" with { type: "macro" };
import { codeOrText, errorCode, errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { fs } from "../os/fs.ts";
import { isAbsolute, join, resolve } from "../os/path.ts";
import { type Command, type CommandContext, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const FILES: Readonly<Record<string, string>> = sdkFiles();
const TEST = "test";
const TEST_FILE = /\.test\.[cm]?[jt]s$/;

export const sdk: Command = {
  flags: HELP_FLAG,
  args: [
    {
      placeholder: "DIR",
      isRequired: false,
      means: "where the files go; or test, to run tests",
      isPath: true,
    },
    { placeholder: "FILE", isRequired: false, means: "the file or directory of tests", isPath: true },
  ],
  help: {
    summary: "Write the types, an example and a test for an exporter module of your own, or run its tests.",
    details: [
      `It writes ${Object.keys(FILES).join(", ")} into DIR, by default the working directory, and changes no file that is there. tetrad sdk test runs FILE, or each file of a directory whose name ends in .test.ts or .test.js, by default those of the working directory: the tests are functions of its default export, and one that throws has failed. They run with your rights, in this process.`,
    ],
    examples: [
      {
        does: "Write a module, from the example.",
        command: ["tetrad sdk my-exporter", "cd my-exporter", "tetrad sdk test"],
      },
      {
        does: "Have an agent export by it.",
        command: ["sudo tetrad --event-source=sensor --export-module=/etc/tetragon/exporters/example.ts"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "written; or every test has passed",
      [EXIT_FAILED]: "a file could not be written; or a test has failed",
      [EXIT_CONFIG]: "a file is there that is another one, there are no tests, or a flag is wrong",
    },
  },
  async run(context) {
    const { words } = readValues(context.argv, HELP_FLAG, 2);
    if (words[0] === TEST) return await testAll(words[1] ?? ".", context);
    if (words[1] !== undefined)
      throw new TetradError(
        "config",
        `Cannot use "${words[1]}": expected one directory, or ${TEST} and a file`,
      );
    write(words[0] ?? ".", context);
    return EXIT_OK;
  },
};

/** What is there already and the same stays. */
function write(directory: string, { print }: CommandContext): void {
  const missing: string[] = [];
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(directory, name);
    const found = textOf(path);
    if (found === undefined) missing.push(name);
    else if (found !== text)
      throw new TetradError("config", `Cannot write "${path}": found another file, expected none`);
  }
  for (const name of missing) {
    const path = join(directory, name);
    try {
      fs().mkdirSync(directory, { recursive: true });
      fs().writeFileSync(path, FILES[name]!, { flag: "wx" });
    } catch (cause) {
      throw new TetradError("failed", `Cannot write "${path}": ${codeOrText(cause)}`, { cause });
    }
    print(`${path}\n`);
  }
}

function textOf(path: string): string | undefined {
  try {
    return fs().readFileSync(path, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw new TetradError("failed", `Cannot read "${path}": ${codeOrText(cause)}`, { cause });
  }
}

async function testAll(where: string, { print }: CommandContext): Promise<number> {
  const { runTests } = await import("../exporter/module/sdk/run-tests.ts");
  let [passed, failed] = [0, 0];
  for (const path of testFiles(where)) {
    try {
      for await (const { title, error } of runTests(path)) {
        if (error === undefined) passed++;
        else failed++;
        print(
          error === undefined
            ? `ok      ${title}\n`
            : `FAILED  ${title}\n        ${error.replaceAll("\n", "\n        ")}\n`,
        );
      }
    } catch (cause) {
      throw new TetradError("config", `Cannot run the tests of "${path}": ${errorMessage(cause)}`, { cause });
    }
  }
  print(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? EXIT_OK : EXIT_FAILED;
}

function testFiles(where: string): string[] {
  const path = isAbsolute(where) ? where : resolve(where);
  try {
    if (!fs().statSync(path).isDirectory()) return [path];
    const files = readdirSync(path).filter((name) => TEST_FILE.test(name));
    if (files.length > 0) return files.sort().map((name) => join(path, name));
  } catch (cause) {
    throw new TetradError("config", `Cannot read "${where}": ${codeOrText(cause)}`, { cause });
  }
  throw new TetradError("config", `Cannot test "${where}": found no file that ends in .test.ts or .test.js`);
}

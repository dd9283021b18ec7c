/** @module The command line of a script. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What a script takes besides `--help`. */
interface Arguments<Options extends ParseArgsOptionsConfig> {
  /** What `--help` prints. */
  readonly usage: string;
  readonly options: Options;
  /** Whether it takes words, too. @default false */
  readonly allowPositionals?: boolean;
}

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: boolean }>
>;

/** Reads the command line. `--help` prints the usage and ends the script, a wrong argument says so and ends it with 2. */
export function readArguments<const Options extends ParseArgsOptionsConfig>({
  usage,
  options,
  allowPositionals = false,
}: Arguments<Options>): Parsed<Options> {
  const help = { type: "boolean", short: "h" } as const;
  try {
    const parsed = parseArgs({ options: { ...options, help }, allowPositionals });
    if (!(parsed.values as { help?: boolean }).help) return parsed as unknown as Parsed<Options>;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}; --help lists what there is`);
    process.exit(2);
  }
  console.log(usage.trimEnd());
  process.exit(0);
}

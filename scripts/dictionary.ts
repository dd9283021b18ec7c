/**
 * Trains the dictionary of `--udp-compression=zstd` from generated events: `bun scripts/dictionary.ts`. It needs Debian's
 * zstd, and writes the same bytes wherever that is of one version (1.5.7 made these).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { EventMaker } from "./bench/events.ts";

/** To be raised with every change of the dictionary: a receiver that has another one must not mistake it. */
const ID = 0x54_45_54_01;
const BYTES = 16 * 1024;
/** Not that of the benchmarks, whose events the dictionary must not have seen. */
const SEED = 20_261_130;
/** What it is trained for: mean sizes, and how many events of each in how many samples. */
const SAMPLES = [
  { meanBytes: 1800, perSample: 6, samples: 2500 },
  { meanBytes: 200, perSample: 12, samples: 2500 },
];
const TARGET = new URL("../src/encoding/compression/dictionary.ts", import.meta.url).pathname;

const directory = mkdtempSync(`${tmpdir()}/dictionary-`);
try {
  mkdirSync(`${directory}/samples`);
  for (const { meanBytes, perSample, samples } of SAMPLES) {
    const maker = new EventMaker({ meanBytes, seed: SEED });
    for (let i = 0; i < samples; i++) {
      const name = `${meanBytes}-${String(i).padStart(5, "0")}`;
      writeFileSync(
        `${directory}/samples/${name}`,
        Array.from({ length: perSample }, () => maker.next()).join(""),
      );
    }
  }
  const { exitCode, stderr } = Bun.spawnSync(
    ["zstd", "--train", "-r", "samples", `--maxdict=${BYTES}`, `--dictID=${ID}`, "-T1", "-o", "dictionary"],
    { cwd: directory },
  );
  if (exitCode !== 0) throw new Error(`Cannot train: ${stderr}`);
  const text = readFileSync(`${directory}/dictionary`).toString("base64");
  writeFileSync(
    TARGET,
    `/** @module The dictionary of zstd, trained from Tetragon's events. Made by scripts/dictionary.ts: do not edit. */

/** As frames name it. */
export const DICTIONARY_ID = ${ID};

/** In the format of zstd (RFC 8878, section 5), base64. */
export const DICTIONARY =
  "${text}";
`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

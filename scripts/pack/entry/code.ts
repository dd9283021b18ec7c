/**
 * @module `amd64.S` and `arm64.S` as machine code: the build needs no assembler. After a change of a source, run
 * `bun test test/pack/entry.test.ts`, which shows the bytes that the assembler makes.
 */
import type { Machine } from "../machine.ts";

/** Position-independent code for each architecture, in hexadecimal; the table begins where it ends. */
export const ENTRY_CODE: Record<Machine["name"], string> = {
  amd64:
    "526a006a006a006a01488b1d9800000031ffffc748d1eb73124889e631d241ba08000000b80d0000000f054885db75e2" +
    "4883c4205a488b0c24488d74cc10488b064885c07446488d3d63000000803f00742a4889c18a1f80fb2a742a84db740c" +
    "3a19750d48ffc748ffc1ebe980393d7415803f00488d7f0175f7ebd1488d1d1d00000048891e4883c608ebb2ff250600" +
    "0000660f1f440000",
  arm64:
    "f30300aa290080d2e97fbea9ff7f01a914060058150080d2b5060091f4000036e00315aae1030091020080d2030180d2" +
    "c81080d2010000d494fe41d3f4feffb5ff830091e00313aae90340f9ea4300914a0d098b4b0140f90b0300b4ec030010" +
    "8d0140392d020034ee030baa8d014039bfa90071e0010054cd000034cf154038bf010f6bc10000548c050091f8ffff17" +
    "cf014039fff50071c00000548d154038edffff35efffff170d0100104d0100f94a210091e8ffff175000005800021fd6",
};

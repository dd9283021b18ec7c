/**
 * @module `amd64.S` and `arm64.S` as machine code: the build needs no assembler. After a change of a source, run
 * `bun test test/pack/environment.test.ts`, which shows the bytes that the assembler makes.
 */
import type { Machine } from "../machine.ts";

/** Position-independent code for each architecture, in hexadecimal; the table begins where it ends. */
export const ENVIRONMENT_CODE: Record<Machine["name"], string> = {
  amd64:
    "488b0c24488d74cc10488b064885c07446488d3d58000000803f00742a4889c18a1f80fb2a742a84db740c3a19750d48" +
    "ffc748ffc1ebe980393d7415803f00488d7f0175f7ebd1488d1d1a00000048891e4883c608ebb2ff25030000000f1f00",
  arm64:
    "e90340f9ea4300914a0d098b4b0140f90b0300b4ac0300108d0140392d020034ee030baa8d014039bfa90071e0010054" +
    "cd000034cf154038bf010f6bc10000548c050091f8ffff17cf014039fff50071c00000548d154038edffff35efffff17" +
    "0d0100104d0100f94a210091e8ffff175000005800021fd6",
};

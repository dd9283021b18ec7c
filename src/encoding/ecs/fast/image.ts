/** @module The program that makes documents, as text: imported as a macro, it is made when the executable is built. */
import { documentProgram } from "./program/program.ts";

/** The module of {@link documentProgram}, in base64. */
export function documentImage(): string {
  return documentProgram().toBase64();
}

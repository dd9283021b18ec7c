/** @module Which source files nobody writes by hand. */

/** Whether a source file was generated: its first line says so. */
export function isGenerated(text: string): boolean {
  return text.startsWith("// Generated");
}

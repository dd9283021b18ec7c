/** The result of `run`, or `null` when it throws a SyntaxError. */
export function unlessRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

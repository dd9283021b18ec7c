/** @module How long a test may take. */

/** Above a test's deadlines (20 s), so that one that gives up says what it waited for. */
export const TEST_TIMEOUT_MS = 30_000;

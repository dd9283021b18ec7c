import { describe, expect, test } from "bun:test";
import { settledOrAborted } from "../../src/component/abort.ts";

const never = new Promise<void>(() => {});

describe("settledOrAborted()", () => {
  test("waits for the promise", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isOver = false;
    const waiting = settledOrAborted(promise, new AbortController().signal).then(() => {
      isOver = true;
    });
    await Promise.resolve();
    expect(isOver).toBe(false);
    resolve();
    await waiting;
  });

  test("ends when the signal aborts, before or meanwhile", async () => {
    await settledOrAborted(never, AbortSignal.abort());
    const controller = new AbortController();
    const waiting = settledOrAborted(never, controller.signal);
    controller.abort();
    await waiting;
  });

  test("passes on what the promise is rejected with", async () => {
    const failure = new Error("no");
    const waiting = settledOrAborted(Promise.reject(failure), new AbortController().signal);
    await expect(waiting).rejects.toBe(failure);
  });

  test("a rejection that comes too late is nobody's", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    await settledOrAborted(promise, AbortSignal.abort());
    reject(new Error("late"));
  });
});

/** @module Which descriptors this process opened and did not close. */
import { readdirSync, readlinkSync } from "node:fs";
import { relative } from "node:path";

const DIRECTORY = "/proc/self/fd";

/** What Bun opens for itself, once, at some moment: its event loops, its threads' wake-ups, its watchers. */
const OF_RUNTIME =
  /^anon_inode:(\[(eventpoll|eventfd|timerfd|signalfd|pidfd)\]|inotify)$|^\/dev\/(null|urandom)$/;

/** Descriptors by number, with what they lead to. */
function list(): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync(DIRECTORY)) {
    try {
      found.set(Number(name), readlinkSync(`${DIRECTORY}/${name}`));
    } catch {
      // The one that the directory was read through is closed by now.
    }
  }
  return found;
}

/** Follows descriptors through a run. */
export class OpenDescriptors {
  readonly #before = list();
  /** Where standard input, output and error lead: Bun opens these anew for `process.stdout` and the like. */
  readonly #standard = new Set([0, 1, 2].flatMap((number) => this.#before.get(number) ?? []));
  /** Where each was seen first. */
  readonly #seen = new Map<number, { readonly target: string; readonly file: string }>();

  /** Notes what is open now. @param file The test file that runs. */
  look(file: string): void {
    const open = list();
    for (const number of this.#seen.keys()) if (!open.has(number)) this.#seen.delete(number);
    for (const [number, target] of open) {
      if (this.#seen.get(number)?.target !== target) this.#seen.set(number, { target, file });
    }
  }

  /** What is open now and was not before the run, each with the file whose tests opened it. */
  leaked(): string[] {
    const leaked: string[] = [];
    for (const [number, target] of list()) {
      if (this.#before.get(number) === target || OF_RUNTIME.test(target)) continue;
      if (this.#standard.has(target)) continue;
      const seen = this.#seen.get(number);
      const file = seen?.target === target ? relative(process.cwd(), seen.file) : "unknown";
      leaked.push(`${number} ${target} (${file})`);
    }
    return leaked;
  }
}

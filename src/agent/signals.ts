/** @module The signals that an agent obeys. */

/** What to do on a signal. */
export interface SignalHandlers {
  /** SIGTERM or SIGINT, the first time. */
  readonly stop: (signal: string) => void;
  /** SIGTERM or SIGINT, again. */
  readonly abort: (signal: string) => void;
  /** SIGHUP. */
  readonly reload: () => void;
}

const ignore = () => {};

/** Listens for signals. @returns A function that stops listening; SIGHUP is ignored from then on. */
export function handleSignals(handlers: SignalHandlers): () => void {
  let isStopping = false;
  const onStop = (signal: NodeJS.Signals) => {
    if (isStopping) return handlers.abort(signal);
    isStopping = true;
    handlers.stop(signal);
  };
  const onReload = () => handlers.reload();
  process.on("SIGTERM", onStop);
  process.on("SIGINT", onStop);
  process.on("SIGHUP", onReload);
  return () => {
    process.off("SIGTERM", onStop);
    process.off("SIGINT", onStop);
    // Without a listener it would end the process, which is about to end with an exit code of its own.
    if (!process.listeners("SIGHUP").includes(ignore)) process.on("SIGHUP", ignore);
    process.off("SIGHUP", onReload);
  };
}

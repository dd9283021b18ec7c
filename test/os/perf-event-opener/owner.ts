/** Starts the process that opens perf events, says which it is, and waits to be killed. */
import { PerfEventOpener } from "../../../src/os/perf-event-opener/opener.ts";

const main = new URL("../../../src/main.ts", import.meta.url).pathname;
const opener = new PerfEventOpener({ command: [process.execPath, main], onEnd: () => {} });
try {
  opener.open({ type: 2, config: 0xffff_ffffn });
} catch {
  // There is no such tracepoint. It has answered.
}
console.log(opener.pid);
setInterval(() => {}, 1000);

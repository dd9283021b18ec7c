/** Drops what its argument says, with threads of every kind alive, and prints what is left as JSON. */
import { readFileSync } from "node:fs";
import { readPrivileges, readProcessPrivileges } from "../../src/os/capability.ts";
import { type DropSettings, dropPrivileges } from "../../src/os/drop-privileges.ts";
import { threadsOf } from "../../src/os/every-thread.ts";

/** Privileges with sets as hexadecimal text. */
const shown = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString(16) : item));

function canRead(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

const [settings = "{}", secret = "/etc/shadow"] = process.argv.slice(2);
const worker = new Worker("data:text/javascript,postMessage(1); setInterval(() => {}, 1000)");
await new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
await Bun.file("/proc/self/stat").text();

dropPrivileges(JSON.parse(settings) as DropSettings);
const left = readProcessPrivileges();
const threads = threadsOf().map((thread) => readPrivileges(thread));
const child = Bun.spawnSync(["/bin/cat", "/proc/self/status"]).stdout.toString();
console.log(shown({ left, threads, child, readsSecret: canRead(secret) }));
process.exit(0);

/**
 * Installs the development dependencies unless they are there already. Plain Node.js: it runs before Bun is there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const root = new URL("..", import.meta.url);
const at = (path) => new URL(path, root);
const installed = at("node_modules/.package-lock.json");

function isInstalled() {
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(at("package-lock.json")).mtimeMs;
}

function bunRuns() {
  try {
    execFileSync(at("node_modules/.bin/bun").pathname, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const run = (command, args) =>
  execFileSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });

if (!isInstalled()) {
  console.error("Installing dependencies (npm ci) ...");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
if (!bunRuns()) {
  // npm was asked to run no install scripts; this is the one that puts Bun's executable in its place.
  run(process.execPath, [at("node_modules/bun/install.js").pathname]);
}
